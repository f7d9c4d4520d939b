// This project's prompts: questions as its training rows have them. `think` leaves room for reasoning.
internal import TrainingData

extension PromptStyle {
    /// The default: question and options one a line, then the form of the answer.
    public static let r1 = PromptStyle("r1", "this project's default") { (row) throws(SampleError) in
        try parts(row, closes: true)
    }

    /// Prompts for models that were trained to reason.
    ///
    /// The closings that ask for the bare answer are left out, because they forbid reasoning.
    ///
    /// - Parameter system: The system prompt of the training run.
    /// - Returns: The style `think`.
    public static func think(system: String) -> PromptStyle {
        PromptStyle(
            "think", "r1 with the system prompt of a training run, for models that reason", system: system
        ) {
            (row) throws(SampleError) in try parts(row, closes: false)
        }
    }

    private static func parts(
        _ row: BenchmarkRow, closes: Bool
    ) throws(SampleError) -> [BenchmarkPrompt.Part] {
        let letter = closes ? "\nAnswer with the option's letter from the given choices directly." : ""
        let phrase = closes ? "\nAnswer the question using a single word or phrase." : ""
        switch row.benchmark {
        case .mathvista: return row.picturesFirst(row.published)
        case .mathvision:
            // Options A to E that are only letters are in the picture.
            let isListed = row.options.enumerated().contains { $0.element != Benchmarks.letter($0.offset) }
            return row.picturesFirst(
                (isListed ? row.questionWithOptions : row.question) + (row.isOpen ? "" : letter))
        case .mmmu:
            return try row.picturesInPlace(
                row.questionWithOptions + (row.isOpen ? phrase : letter), keepsOthers: true)
        case .mmstar, .mmbench, .ai2d, .custom:
            return row.picturesFirst(row.questionWithOptions + (row.isOpen ? "" : letter))
        case .chartqa: return row.picturesFirst(row.question + phrase)
        case .refcoco:
            return row.picturesFirst(
                row.phrases.isEmpty ? row.question : RefCOCOSplit.question(row.phrases))
        }
    }
}
