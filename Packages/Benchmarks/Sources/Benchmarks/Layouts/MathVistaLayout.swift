// MathVista: https://mathvista.github.io. VLMEvalKit's question is the whole query: hint, question, unit and choices.
internal import Foundation
internal import StrictJSON
internal import TrainingData

extension BenchmarkLayout {
    /// MathVista's layouts.
    static let mathVista: [BenchmarkLayout] = [
        BenchmarkLayout(
            "mathvista-tsv", .mathvista, "VLMEvalKit's table with question_type, answer_type and choices",
            forms: [.table], columns: ["question", "question_type", "answer_type", "choices"]
        ) { (source) throws(SampleError) in
            let query = MathVistaQuery(try source.needed("question"))
            let options = try source.options("choices")
            var row = source.row(
                .mathvista, id: try source.text("index"), question: query.question, options: options)
            (row.query, row.unit) = (query.text, query.unit)
            row.answerType = try source.text("answer_type")
            if row.answerType == "float" { row.precision = query.precision }
            row.goldIndex = try source.goldIndex("answer_option", of: options)
            try source.setMathVistaGold(&row)
            row.pictures = try source.tablePictures()
            row.add("task", try source.text("task"))
            row.add("skill", try source.list("skills") ?? [])
            row.add("answer type", row.answerType)
            row.add("question type", try source.text("question_type"))
            return [row]
        },
        BenchmarkLayout(
            "mathvista", .mathvista,
            "AI4Math/MathVista in Parquet, or the official JSON object of rows by pid",
            forms: [.parquet, .json], columns: ["question", "question_type", "answer_type"]
        ) { (source) throws(SampleError) in
            let options = try source.options("choices")
            var row = source.row(
                .mathvista, id: try source.text(anyOf: ["pid", "id"]),
                question: try source.needed("question"), options: options)
            row.unit = try source.text("unit")
            // Some questions have their unit in the text only.
            if row.unit == nil { (row.question, row.unit) = MathVistaQuery.parted(row.question) }
            row.answerType = try source.text("answer_type")
            row.precision = try source.wholeNumber("precision")
            row.query = try source.text("query") ?? MathVistaQuery.text(of: row)
            try source.setMathVistaGold(&row)
            row.pictures = try source.pictures(["decoded_image", "image"])
            let about = source.members["metadata"]?.members ?? JSONObject()
            row.add("task", about["task"]?.text)
            row.add("skill", about["skills"]?.elements?.compactMap(\.text) ?? [])
            row.add("answer type", row.answerType)
            row.add("question type", try source.text("question_type"))
            return [row]
        },
    ]
}

extension RowSource {
    /// The gold is a text: of a choice, that of the right option.
    fileprivate func setMathVistaGold(_ row: inout BenchmarkRow) throws(SampleError) {
        guard let answer = try text("answer") else { return }
        row.gold = .text(answer)
        guard !row.isOpen else { return }
        // pandas may have rewritten the answer: 2 as 2.0.
        if options.pandasMissing, row.goldIndex != nil { return }
        guard let index = row.options.firstIndex(of: answer) else {
            throw place.fault(
                "answer",
                expected: "the text of an option (\(row.options.compactMap(\.self).joined(separator: ", ")))",
                found: members["answer"])
        }
        // Options may repeat a text; the table's letter says which one is meant.
        if row.goldIndex == nil { row.goldIndex = index }
        if let goldOption = row.goldOption, goldOption != answer {
            throw place.fault(
                "answer_option", expected: "the letter of the option \"\(answer)\"",
                found: members["answer_option"])
        }
    }

    /// A whole number, also when it is stored as a double; nil when the key is missing.
    func wholeNumber(_ key: String) throws(SampleError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.double ?? value.text.flatMap(Double.init), let whole = Int(exactly: number)
        else { throw place.fault(key, expected: "a whole number", found: value) }
        return whole
    }
}

/// MathVista's whole question, as its script `build_query.py` writes it for one answer.
struct MathVistaQuery {
    let text: String
    let question: String
    let unit: String?
    /// Decimals that the hint asks for.
    let precision: Int?

    /// Takes a query apart; a text of another form is all question.
    init(_ query: String) {
        text = query
        precision =
            query.contains("with one decimal place") ? 1 : query.contains("with two decimal places") ? 2 : nil
        var rest = query[...]
        let start =
            query.hasPrefix("Question: ")
            ? query.startIndex : query.range(of: "\nQuestion: ").map(\.lowerBound)
        guard let start else {
            (question, unit) = (query, nil)
            return
        }
        rest = query[start...].trimmingPrefix("\n").dropFirst("Question: ".count)
        if let choices = rest.range(of: "\nChoices:\n(A) ") { rest = rest[..<choices.lowerBound] }
        (question, unit) = Self.parted(String(rest))
    }

    /// A question and the unit at its end, as in `How long? (Unit: m)`.
    static func parted(_ text: String) -> (question: String, unit: String?) {
        guard text.hasSuffix(")"), let open = text.range(of: " (Unit: ", options: .backwards) else {
            return (text, nil)
        }
        return (String(text[..<open.lowerBound]), String(text[open.upperBound...].dropLast()))
    }

    /// The query of a row whose file has none.
    static func text(of row: BenchmarkRow) -> String {
        var lines: [String] = []
        if let hint = hint(row) { lines.append("Hint: \(hint)") }
        lines.append("Question: \(row.question)" + (row.unit.map { " (Unit: \($0))" } ?? ""))
        if !row.isOpen {
            lines.append("Choices:")
            lines += row.lettered.map { "(\($0.letter)) \($0.text)" }
        }
        return lines.joined(separator: "\n").trimmingSpace()
    }

    private static func hint(_ row: BenchmarkRow) -> String? {
        if !row.isOpen {
            return
                "Please answer the question and provide the correct option letter, e.g., A, B, C, D, at the end."
        }
        let (start, end) = ("Please answer the question requiring", "at the end.")
        return switch (row.answerType, row.precision) {
        case ("integer", _): "\(start) an integer answer and provide the final value, e.g., 1, 2, 3, \(end)"
        case ("float", 1):
            "\(start) a floating-point number with one decimal place and provide the final value, e.g., 1.2, 1.3, 1.4, "
                + end
        case ("float", 2):
            "\(start) a floating-point number with two decimal places and provide the final value, e.g., 1.23, 1.34, 1.45, "
                + end
        case ("list", _):
            "\(start) a Python list as an answer and provide the final list, e.g., [1, 2, 3], [1.2, 1.3, 1.4], \(end)"
        default: nil
        }
    }
}
