// A gold as rows write it: bare, inside <answer> tags, or as a whole answer with its thinking.
internal import StrictJSON

/// The parts of a gold text.
struct GoldText {
    /// The answer, without tags around it.
    let answer: String
    /// The text between `<think>` tags before it.
    let thinking: String?

    /// Finds `<answer>` tags; a text without them is the answer.
    init(_ text: String) {
        guard text.has(byte: UInt8(ascii: "<")),
            let inner = Self.inside("answer", of: text), !inner.trimmingSpace().isEmpty
        else { (answer, thinking) = (text, nil); return }
        answer = inner.trimmingSpace()
        thinking = Self.inside("think", of: text).map { $0.trimmingSpace() }
    }

    /// The text between the first opening tag and the last closing tag of a name.
    private static func inside(_ name: String, of text: String) -> String? {
        guard let start = text.firstRange(of: "<\(name)>"),
            let end = text.ranges(of: "</\(name)>").last, start.upperBound <= end.lowerBound
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The answer without `\boxed{}` around it and without a solution before "####": what a task is guessed by.
    var core: String {
        var text = answer.trimmingSpace()
        guard
            text.has(byte: UInt8(ascii: "$")) || text.has(byte: UInt8(ascii: "\\"))
                || text.has(byte: UInt8(ascii: "#"))
        else { return text }
        if let mark = text.ranges(of: "####").last { text = String(text[mark.upperBound...]).trimmingSpace() }
        if text.hasPrefix("$"), text.hasSuffix("$"), text.utf8.count > 2 {
            text = String(text.dropFirst().dropLast()).trimmingSpace()
        }
        if text.hasPrefix("\\boxed{"), text.hasSuffix("}") { text = String(text.dropFirst(7).dropLast()) }
        return text
    }
}

extension JSONValue {
    /// A gold with the tags of its texts taken off.
    var untagged: JSONValue {
        switch self {
        case .string(let text) where text.has(byte: UInt8(ascii: "<")): .string(GoldText(text).answer)
        case .array(let golds): .array(golds.map(\.untagged))
        case .string, .null, .bool, .integer, .number, .object: self
        }
    }
}
