// The prompts of lmms-eval (75571cf), each task as its file of settings asks it by default.
internal import TrainingData

extension PromptStyle {
    /// lmms-eval's prompts.
    static let lmms = PromptStyle("l", "lmms-eval's prompts") { (row) throws(SampleError) in
        let letter = "Answer with the option's letter from the given choices directly."
        switch row.benchmark {
        case .mathvista: return row.picturesFirst(mathVista(row, letter))
        case .mathvision:
            // The request is glued before the question.
            let request = #"Please solve the problem step by step and put your answer in one "\boxed{}"."#
            let choices =
                row.isOpen
                ? ""
                : "\nChoices: \(row.optionLines)\nAnswer the question with the option's letter from the given choices directly."
            return row.picturesFirst(request + row.question + choices)
        case .mmmu:
            let text =
                row.isOpen
                ? "\(row.question)\n\nAnswer the question using a single word or phrase."
                : "\(row.question)\n\(row.optionLines)\n\n\(letter)"
            // Only the pictures that the text names, each once, before it.
            let named = Set(PictureMarks.numbers(in: text)).sorted()
            guard !named.isEmpty else { return row.picturesFirst(text) }
            guard row.pictures.isEmpty || named.allSatisfy({ row.pictures.indices.contains($0 - 1) }) else {
                throw row.place.fault(
                    "question", expected: "a picture for each <image d>",
                    found: "\(row.pictures.count) pictures")
            }
            return named.map { .image($0 - 1) } + [.text(text)]
        case .mmstar:
            // MMStar's own text with its options; this closing has no full stop.
            return row.picturesFirst(row.published.trimmingSpace() + "\n" + letter.dropLast())
        case .mmbench:
            let hint = row.hint.map { "\($0) " } ?? ""
            return row.picturesFirst(
                "\(hint)\(row.question) There are several options:\n\(row.optionLines)\n\n\(letter)")
        case .ai2d, .custom:
            return row.picturesFirst(
                row.isOpen ? row.question : "\(row.question)\n\(row.optionLines)\n\(letter)")
        case .chartqa: return row.picturesFirst(row.question + "\nAnswer the question with a single word.")
        case .refcoco:
            guard !row.phrases.isEmpty else { return row.picturesFirst(row.question) }
            let phrases = row.phrases.map { "\"\($0.trimmingSpace())\"" }.joined(separator: ", ")
            return row.picturesFirst(
                "Locate every object that matches the description \(phrases) in the image. "
                    + "Report bbox coordinates in JSON format.")
        }
    }

    /// MathVista's `format-prompt`: the question, the choices, the form of the answer last.
    private static func mathVista(_ row: BenchmarkRow, _ letter: String) -> String {
        var lines = [row.question + (row.unit.map { " (Unit: \($0))" } ?? "")]
        if !row.isOpen { lines += [row.optionLines, letter] }
        switch (row.isOpen, row.answerType, row.precision) {
        case (true, "integer", _): lines.append("Answer the question using a single integer number.")
        case (true, "float", 1):
            lines.append("Answer the question using a single floating-point number with one decimal place.")
        case (true, "float", 2):
            lines.append("Answer the question using a single floating-point number with two decimal places.")
        case (true, "list", _): lines.append("Answer the question using a Python list.")
        default: break
        }
        return lines.joined(separator: "\n")
    }
}
