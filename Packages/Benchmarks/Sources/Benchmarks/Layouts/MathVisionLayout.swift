// MATH-Vision: https://github.com/mathllm/MATH-V. A row has one picture, although its text may name parts of it as
// <image1> to <image8>.
internal import TrainingData

extension BenchmarkLayout {
    /// MathVision's layouts.
    static let mathVision: [BenchmarkLayout] = [
        BenchmarkLayout(
            "mathvision-tsv", .mathvision, "VLMEvalKit's table with choices and category",
            forms: [.table], columns: ["question", "answer", "choices"],
            absent: ["question_type", "answer_type"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .mathvision, id: try source.text("index"), question: try source.needed("question"),
                options: try source.options("choices"))
            try source.setContestGold(&row)
            row.pictures = try source.tablePictures()
            row.add("subject", try source.text("category"))
            row.add("level", try source.text("level"))
            return [row]
        },
        BenchmarkLayout(
            "mathvision", .mathvision, "MathLLMs/MathVision in Parquet, or the official JSON lines",
            forms: [.parquet, .json], columns: ["question", "options", "answer", "subject"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .mathvision, id: try source.text("id"), question: try source.needed("question"),
                options: try source.options("options"))
            try source.setContestGold(&row)
            row.pictures = try source.pictures(["decoded_image", "image"])
            row.add("subject", try source.text("subject"))
            row.add("level", try source.text("level"))
            return [row]
        },
    ]
}

extension RowSource {
    /// A letter for a choice, otherwise the expression as published.
    fileprivate func setContestGold(_ row: inout BenchmarkRow) throws(SampleError) {
        guard row.isOpen else { return try setLetterGold(&row) }
        row.gold = try text("answer").map(BenchmarkGold.text) ?? .hidden
    }
}
