// Rows of the record, or of any layout of training data, as questions of an evaluation.
internal import TrainingData

extension BenchmarkRow {
    /// A custom row: its turns are the prompt, whatever the style; its task says how it is scored.
    init(_ sample: Sample, set: String) {
        self.init(
            id: sample.id, benchmark: .custom, set: set, question: sample.question,
            options: sample.options ?? [],
            gold: sample.solutions.count == 1 ? .text(sample.solutions[0]) : .texts(sample.solutions),
            place: RowPlace(file: sample.file, line: sample.line))
        if case .text(let gold) = self.gold, gold.utf8.count == 1, let byte = gold.utf8.first,
            byte >= UInt8(ascii: "A"), options.indices.contains(Int(byte) - Int(UInt8(ascii: "A")))
        {
            goldIndex = Int(byte) - Int(UInt8(ascii: "A"))
        }
        pictures = sample.imagePaths.map { BenchmarkPicture($0, path: { $0 }) }
        self.sample = sample
        add("source", sample.source.isEmpty ? nil : sample.source)
        add("task", sample.task.rawValue)
    }
}
