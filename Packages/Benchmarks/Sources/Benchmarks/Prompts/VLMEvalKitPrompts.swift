// The prompts of VLMEvalKit (e8e78f0): the default of its data sets, Qwen2-VL's and InternVL's own.
internal import TrainingData

extension PromptStyle {
    /// The default of VLMEvalKit's data sets, which its Qwen2.5-VL uses.
    static let vlmEvalKit = PromptStyle("v.default", "VLMEvalKit's default, as its Qwen2.5-VL asks") {
        (row) throws(SampleError) in
        switch row.benchmark {
        case .mathvista, .mathvision, .refcoco: return row.picturesFirst(row.published)
        case .chartqa:
            return row.picturesFirst(
                row.question + "\nAnswer the question using a single word or phrase.")
        case .mmmu: return try row.picturesInPlace(choiceText(row) + closing(row), keepsOthers: false)
        case .mmstar, .mmbench, .ai2d, .custom: return row.picturesFirst(choiceText(row) + closing(row))
        }
    }

    /// Qwen2-VL's own prompts in VLMEvalKit.
    static let vlmEvalKitQwen = PromptStyle("v.qwen", "VLMEvalKit's prompts of Qwen2-VL") {
        (row) throws(SampleError) in
        switch row.benchmark {
        case .refcoco: return row.picturesFirst(row.published)
        case .mathvista, .mathvision, .chartqa:
            return row.picturesFirst(
                row.published + "\nPlease try to answer the question with short words or phrases if possible."
            )
        case .mmmu: return row.picturesFirst((choiceText(row) + closing(row)).trimmingEnd())
        case .mmstar, .mmbench, .ai2d, .custom:
            let text = choiceText(row)
            let end =
                row.isOpen
                ? ""
                : text.hasChinese ? "请直接回答选项字母。" : "Please select the correct answer from the options above."
            return row.picturesFirst((text + end).trimmingEnd())
        }
    }

    /// InternVL's own prompts in VLMEvalKit.
    static let vlmEvalKitInternVL = PromptStyle("v.internvl", "VLMEvalKit's prompts of InternVL") {
        (row) throws(SampleError) in
        let text: String
        switch row.benchmark {
        case .mathvista, .mathvision, .refcoco: text = row.published
        case .chartqa: text = row.question + "\nAnswer the question using a single word or phrase."
        case .mmmu, .mmstar, .mmbench, .ai2d, .custom:
            let question = row.questionWithOptions
            text = question + directClosing(question, isOpen: row.isOpen)
        }
        guard row.pictures.count > 1 else {
            return row.pictures.isEmpty ? [.text(text)] : [.image(0), .text("\n" + text)]
        }
        var parts: [BenchmarkPrompt.Part] = []
        for index in row.pictures.indices {
            parts += [.text("Image-\(index + 1): "), .image(index), .text("\n")]
        }
        return merged(parts + [.text(text)])
    }

    /// Hint, question and options of VLMEvalKit's default, each line ended.
    private static func choiceText(_ row: BenchmarkRow) -> String {
        (row.hint.map { "Hint: \($0)\n" } ?? "") + "Question: \(row.question)\n"
            + (row.isOpen ? "" : "Options:\n\(row.optionLines)\n")
    }

    /// The closing with the blank and line break that VLMEvalKit leaves at its end.
    private static func closing(_ row: BenchmarkRow) -> String {
        row.isOpen ? "" : "Please select the correct answer from the options above. \n"
    }

    private static func directClosing(_ text: String, isOpen: Bool) -> String {
        switch (isOpen, text.hasChinese) {
        case (false, false): "\nAnswer with the option's letter from the given choices directly."
        case (false, true): "\n请直接回答选项字母。"
        case (true, false): "\nAnswer the question directly."
        case (true, true): "\n请直接回答问题。"
        }
    }

    /// Parts with neighboring texts joined.
    private static func merged(_ parts: [BenchmarkPrompt.Part]) -> [BenchmarkPrompt.Part] {
        parts.reduce(into: []) { merged, part in
            if case .text(let text) = part, case .text(let last)? = merged.last {
                merged[merged.count - 1] = .text(last + text)
            } else {
                merged.append(part)
            }
        }
    }
}

extension BenchmarkRow {
    /// Hint, question and options, one a line.
    var questionWithOptions: String {
        let question = (hint.map { "\($0)\n" } ?? "") + question
        return isOpen ? question : "\(question)\n\(optionLines)"
    }
}
