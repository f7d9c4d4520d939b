// ChartQA: https://github.com/vis-nlp/ChartQA. Half of the questions are by people, half are generated.
internal import StrictJSON
internal import TrainingData

extension BenchmarkLayout {
    /// ChartQA's layouts.
    static let chartQA: [BenchmarkLayout] = [
        BenchmarkLayout(
            "chartqa-tsv", .chartqa, "VLMEvalKit's table with split test_human or test_augmented",
            forms: [.table], columns: ["question", "answer", "split"], absent: ["A", "choices", "category"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .chartqa, id: try source.text("index"), question: try source.needed("question"))
            row.gold = try source.chartGold("answer")
            row.pictures = try source.tablePictures()
            row.add("half", try source.half("split"))
            return [row]
        },
        BenchmarkLayout(
            "chartqa", .chartqa, "lmms-lab/ChartQA in Parquet with type human_test or augmented_test",
            forms: [.parquet, .json], columns: ["type", "question", "answer"], absent: ["options"]
        ) { (source) throws(SampleError) in
            var row = source.row(.chartqa, id: nil, question: try source.needed("question"))
            row.gold = try source.chartGold("answer")
            row.pictures = try source.pictures(["image"])
            row.add("half", try source.half("type"))
            return [row]
        },
        BenchmarkLayout(
            "chartqa-json", .chartqa,
            "the official test_human.json and test_augmented.json beside the folder png",
            forms: [.json], columns: ["imgname", "query", "label"]
        ) { (source) throws(SampleError) in
            let half = try source.halfOfFile()
            var row = source.row(
                .chartqa, id: "\(half)_\(source.numberInFile)", question: try source.needed("query"))
            row.gold = try source.chartGold("label")
            row.pictures = try source.pictures(["imgname"], in: ["png", "images"])
            row.add("half", half)
            return [row]
        },
    ]
}

extension RowSource {
    /// A text, or several in a list or in the text of a Python list.
    fileprivate func chartGold(_ key: String) throws(SampleError) -> BenchmarkGold {
        guard let value = members[key], !value.isNull else { return .hidden }
        if let elements = value.elements {
            let texts = elements.compactMap(\.plainText)
            guard texts.count == elements.count, !texts.isEmpty else {
                throw place.fault(key, expected: "a text or a list of texts", found: value)
            }
            return texts.count == 1 ? .text(texts[0]) : .texts(texts)
        }
        guard let answer = try text(key) else { return .hidden }
        if answer.hasPrefix("["), let list = PythonLiteral.list(answer, needsQuotes: true), !list.isEmpty {
            return .texts(list)
        }
        return .text(answer)
    }

    /// The half that a value such as `test_human` or `augmented_test` names.
    fileprivate func half(_ key: String) throws(SampleError) -> String {
        let value = try needed(key)
        guard let half = Self.half(in: value) else {
            throw place.fault(key, expected: "a name with human or augmented", found: members[key])
        }
        return half
    }

    /// The half that the name of the file says.
    fileprivate func halfOfFile() throws(SampleError) -> String {
        guard let half = Self.half(in: SetName.stem(of: place.file)) else {
            throw .unreadable(
                file: place.file,
                reason: "its name must say the half of ChartQA: test_human.json or test_augmented.json")
        }
        return half
    }

    private static func half(in text: String) -> String? {
        ["human", "augmented"].first { text.lowercased().contains($0) }
    }
}
