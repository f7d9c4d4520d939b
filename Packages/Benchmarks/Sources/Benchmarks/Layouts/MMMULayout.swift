// MMMU: https://mmmu-benchmark.github.io. Texts and options name the pictures as <image 1> to <image 7>.
internal import TrainingData

extension BenchmarkLayout {
    /// MMMU's layouts.
    static let mmmu: [BenchmarkLayout] = [
        BenchmarkLayout(
            "mmmu-tsv", .mmmu, "VLMEvalKit's table with id, options A to I, category and l2-category",
            forms: [.table], columns: ["question", "A", "id"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .mmmu, id: try source.text(anyOf: ["id", "index"]),
                question: try source.needed("question"), options: try source.optionColumns())
            // Open questions have no option A.
            if row.options.first == nil { row.options = [] }
            row.pictures = try source.tablePictures()
            try source.finishMMMU(
                &row, subject: try source.text("category"), discipline: try source.text("l2-category"),
                split: try source.text("split"))
            return [row]
        },
        BenchmarkLayout(
            "mmmu", .mmmu, "MMMU/MMMU or lmms-lab/MMMU in Parquet with image_1 to image_7",
            forms: [.parquet, .json], columns: ["id", "question", "options", "answer", "image_1"]
        ) { (source) throws(SampleError) in
            var options: [String?] = []
            if try source.text("question_type") != "open" { options = try source.options("options") }
            var row = source.row(
                .mmmu, id: try source.needed("id"), question: try source.needed("question"), options: options)
            for number in 1...7
            where source.value("image_\(number)") != nil && source.options.pictures != .none {
                guard number == row.pictures.count + 1 else {
                    throw source.place.fault(
                        "image_\(row.pictures.count + 1)",
                        expected: "a picture, because there is an image_\(number)",
                        found: "nothing")
                }
                row.pictures += try source.pictures(["image_\(number)"])
            }
            if row.pictures.isEmpty { row.pictures = try source.pictures(["image_1"]) }
            try source.finishMMMU(&row, subject: nil, discipline: nil, split: nil)
            return [row]
        },
    ]
}

extension RowSource {
    /// Golds, categories and the check that every picture that the text names is there.
    fileprivate func finishMMMU(
        _ row: inout BenchmarkRow, subject: String?, discipline: String?, split: String?
    ) throws(SampleError) {
        if row.isOpen {
            if let answer = try text("answer") {
                let list = answer.hasPrefix("[") ? PythonLiteral.list(answer, needsQuotes: true) : nil
                row.gold = list.map(BenchmarkGold.texts) ?? .text(answer)
            }
        } else {
            try setLetterGold(&row)
        }
        if options.pictures == .required {
            for text in [row.question] + row.options.compactMap(\.self) {
                for number in PictureMarks.numbers(in: text) where number > row.pictures.count {
                    throw place.fault(
                        "question", expected: "a picture for <image \(number)>",
                        found: "\(row.pictures.count) pictures")
                }
            }
        }
        // validation_Art_Theory_12: the split, the subject and a number.
        let words = row.id.split(separator: "_")
        let named = words.count >= 3 ? words.dropFirst().dropLast().joined(separator: "_") : nil
        let area = (subject ?? named)?.replacing(" ", with: "_")
        row.add("subject", area)
        row.add(
            "discipline",
            area.flatMap { Self.disciplines[$0] } ?? discipline?.replacing(" & ", with: " and "))
        row.add("form", row.isOpen ? "open" : "choice")
        row.add("split", split ?? (words.count >= 3 ? words.first.map(String.init) : nil))
    }

    /// The discipline of each of the 30 subjects, as MMMU's own script groups them.
    private static let disciplines: [String: String] = {
        var disciplines: [String: String] = [:]
        for (discipline, subjects) in [
            ("Art and Design", "Art Art_Theory Design Music"),
            ("Business", "Accounting Economics Finance Manage Marketing"),
            ("Science", "Biology Chemistry Geography Math Physics"),
            (
                "Health and Medicine",
                "Basic_Medical_Science Clinical_Medicine Diagnostics_and_Laboratory_Medicine Pharmacy Public_Health"
            ),
            ("Humanities and Social Science", "History Literature Sociology Psychology"),
            (
                "Tech and Engineering",
                "Agriculture Architecture_and_Engineering Computer_Science Electronics Energy_and_Power Materials "
                    + "Mechanical_Engineering"
            ),
        ] {
            for subject in subjects.split(separator: " ") { disciplines[String(subject)] = discipline }
        }
        return disciplines
    }()
}
