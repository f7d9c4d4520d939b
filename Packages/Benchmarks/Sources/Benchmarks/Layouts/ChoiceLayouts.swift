// MMStar, MMBench and AI2D: a question, options and a letter.
internal import Foundation
internal import StrictJSON
internal import TrainingData

extension BenchmarkLayout {
    /// MMStar's layouts: https://mmstar-benchmark.github.io.
    static let mmStar: [BenchmarkLayout] = [
        BenchmarkLayout(
            "mmstar-tsv", .mmstar, "VLMEvalKit's table with A to D, category and l2_category",
            forms: [.table], columns: ["question", "A", "B", "l2_category"]
        ) { (source) throws(SampleError) in
            let written = try source.needed("question")
            let options = try source.optionColumns()
            var row = source.row(.mmstar, id: try source.text("index"), question: written, options: options)
            // Some tables keep the options in the question, too.
            if let listed = ListedOptions(written), listed.options == options {
                (row.question, row.query) = (listed.question, written)
            } else {
                row.query = ListedOptions.text(written, row.lettered)
            }
            try source.setLetterGold(&row)
            row.pictures = try source.tablePictures()
            row.add("category", try source.text("category"))
            row.add("l2 category", try source.text("l2_category"))
            return [row]
        },
        BenchmarkLayout(
            "mmstar", .mmstar, "Lin-Chen/MMStar in Parquet with the options in the question",
            forms: [.parquet, .json], columns: ["question", "answer", "category", "l2_category"],
            absent: ["A"]
        ) { (source) throws(SampleError) in
            let written = try source.needed("question")
            guard let listed = ListedOptions(written) else {
                throw source.place.fault(
                    "question",
                    expected:
                        "a question with its options: \"Options: A: .., B: ..\" or lines \"(A) ..\"",
                    found: source.members["question"])
            }
            var row = source.row(
                .mmstar, id: try source.text("index"), question: listed.question, options: listed.options)
            row.query = written
            try source.setLetterGold(&row)
            row.pictures = try source.pictures(["image"])
            row.add("category", try source.text("category"))
            row.add("l2 category", try source.text("l2_category"))
            return [row]
        },
    ]

    /// MMBench's layouts: https://github.com/open-compass/MMBench.
    static let mmBench: [BenchmarkLayout] = [
        BenchmarkLayout(
            "mmbench-tsv", .mmbench, "VLMEvalKit's table with hint, A to D, category and l2-category",
            forms: [.table], columns: ["question", "A", "B", "l2-category"], absent: ["id"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .mmbench, id: try source.text("index"), question: try source.needed("question"),
                options: try source.optionColumns())
            row.hint = try source.text("hint")
            row.pictures = try source.tablePictures()
            try source.finishMMBench(&row, category: try source.text("l2-category"))
            return [row]
        },
        BenchmarkLayout(
            "mmbench", .mmbench, "lmms-lab/MMBench in Parquet; nan in hint and options is missing",
            forms: [.parquet, .json], columns: ["question", "A", "B", "L2-category"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .mmbench, id: try source.text("index"), question: try source.needed("question"),
                options: try source.optionColumns(nanIsMissing: true))
            row.hint = try source.textWithoutNan("hint")
            row.pictures = try source.pictures(["image"])
            try source.finishMMBench(&row, category: try source.text("L2-category"))
            return [row]
        },
    ]

    /// AI2D's layouts: https://allenai.org/data/diagrams.
    static let ai2d: [BenchmarkLayout] = [
        BenchmarkLayout(
            "ai2d-tsv", .ai2d, "VLMEvalKit's table with A to D and category",
            forms: [.table], columns: ["question", "answer", "A", "B", "category"],
            absent: ["l2-category", "l2_category", "hint", "id"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .ai2d, id: try source.text("index"), question: try source.needed("question"),
                options: try source.optionColumns())
            try source.setLetterGold(&row)
            row.pictures = try source.tablePictures()
            row.add("category", try source.text("category"))
            row.add("mask", source.mask)
            return [row]
        },
        BenchmarkLayout(
            "ai2d", .ai2d, "lmms-lab/ai2d in Parquet; the answer is the option's place, from 0",
            forms: [.parquet, .json], columns: ["question", "options", "answer"],
            absent: ["subject", "level", "id", "image_1", "question_type"]
        ) { (source) throws(SampleError) in
            var row = source.row(
                .ai2d, id: nil, question: try source.needed("question"),
                options: try source.options("options"))
            if let index = try source.wholeNumber("answer") {
                guard row.options.indices.contains(index) else {
                    throw source.place.fault(
                        "answer", expected: "the place of an option, 0 to \(row.options.count - 1)",
                        found: source.members["answer"])
                }
                (row.goldIndex, row.gold) = (index, .text(letter(index)))
            }
            row.pictures = try source.pictures(["image"])
            row.add("mask", source.mask)
            return [row]
        },
    ]
}

extension RowSource {
    /// Group, rotation, gold and categories of MMBench.
    ///
    /// The rotation by k places of question i has the index k * 1,000,000 + i.
    fileprivate func finishMMBench(_ row: inout BenchmarkRow, category: String?) throws(SampleError) {
        let million = 1_000_000
        let index = Int(row.id).flatMap { $0 >= 0 ? $0 : nil }
        row.group = try text("g_index") ?? index.map { "\($0 % million)" } ?? row.id
        row.rotation = index.map { $0 / million } ?? 0
        try setLetterGold(&row)
        row.add("category", category.map { Self.abilities[$0] ?? $0 })
        row.add("leaf", try text("category"))
        row.add("split", try text("split"))
    }

    /// MMBench's abbreviations of its six groups of abilities.
    private static let abilities = [
        "coarse_perception": "CP", "finegrained_perception (instance-level)": "FP-S",
        "finegrained_perception (cross-instance)": "FP-C", "logic_reasoning": "LR",
        "relation_reasoning": "RR", "attribute_reasoning": "AR",
    ]

    /// Whether AI2D's labels are painted over: all sets do that but those whose name says no.
    fileprivate var mask: String {
        let names = "\(set)/\(place.file)".lowercased().filter { $0.isLetter || $0.isNumber || $0 == "/" }
        return names.contains("nomask") ? "no mask" : "masked"
    }
}

/// Options that a question lists itself.
struct ListedOptions {
    /// The text before the options.
    let question: String
    let options: [String?]

    /// Takes a question apart; nil for a text without such a list.
    ///
    /// MMStar has 1,154 questions of the first form and 346 that come from MathVista: 339 with "Choices:", 7 without.
    init?(_ text: String) {
        if let list = text.range(of: "\nOptions: A: ", options: .backwards) {
            question = String(text[..<list.lowerBound])
            options = Self.split(text[list.upperBound...]) { ", \($0): " }
        } else if let list = text.range(of: "\nChoices:\n(A) ", options: .backwards)
            ?? text.range(of: "\n(A) ", options: .backwards)
        {
            question = String(text[..<list.lowerBound])
            options = Self.split(text[list.upperBound...]) { "\n(\($0)) " }
        } else {
            return nil
        }
        guard options.count >= 2 else { return nil }
    }

    private static func split(_ text: Substring, mark: (String) -> String) -> [String?] {
        var (options, rest): ([String?], Substring) = ([], text)
        while options.count < 25, let next = rest.range(of: mark(letter(options.count + 1))) {
            options.append(String(rest[..<next.lowerBound]))
            rest = rest[next.upperBound...]
        }
        return options + [String(rest)]
    }

    /// A question with its options as MMStar's own files write most of them.
    static func text(_ question: String, _ options: [(letter: String, text: String)]) -> String {
        question.hasPrefix("Hint: ")
            ? ([question, "Choices:"] + options.map { "(\($0.letter)) \($0.text)" }).joined(separator: "\n")
            : "\(question)\nOptions: " + options.map { "\($0.letter): \($0.text)" }.joined(separator: ", ")
    }
}
