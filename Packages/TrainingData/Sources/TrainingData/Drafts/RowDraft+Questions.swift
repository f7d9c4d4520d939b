// The text of a question with options, as the example rows of this project have it.
internal import StrictJSON

extension RowDraft {
    /// The question and, unless it has them already, its options with their letters, one a line.
    func questionText(_ question: String) -> String {
        guard let options = record["options"]?.elements?.compactMap(\.text), !options.isEmpty else {
            return question
        }
        // A question that names an option's letter with its text lists them itself.
        if question.contains("Choices:") || question.contains("Options:") || question.contains("(A)")
            || question.contains("\nA. ") || question.contains("\nA: ")
        {
            return question
        }
        let lines = options.enumerated().map { index, text in
            let letter = String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(min(index, 25))))
            let hasLetter = ["\(letter).", "\(letter):", "\(letter))", "(\(letter))"].contains {
                text.hasPrefix($0)
            }
            return hasLetter ? text : "\(letter). \(text)"
        }
        return ([question] + lines).joined(separator: "\n")
    }

    /// Golds that a table has as the text of a Python list become a list; shares of a picture become a box.
    mutating func splitGolds() {
        guard case .string(let text)? = record["solution"], text.hasPrefix("["),
            let list = PythonLiteral.list(text), !list.isEmpty
        else { return }
        let numbers = list.compactMap(Double.init)
        guard numbers.count == 4, list.count == 4 else {
            record["solution"] = .array(list.map(JSONValue.string))
            return
        }
        guard numbers.allSatisfy({ (0...1).contains($0) }), record["objects"] == nil, !has("objects") else {
            return
        }
        record["task"] = .string("grounding")
        record["objects"] = .object([
            "bbox": .array([.array(numbers.map(JSONValue.number))]), "bbox_type": .string("norm1"),
        ])
        note("answer", "objects.bbox: four shares of the picture's sides (norm1)")
    }

    /// Keeps a value under a key that is not one of the record.
    mutating func keep(_ value: JSONValue, as key: String) {
        guard value != .null else { return }
        kept[key] = value
    }
}
