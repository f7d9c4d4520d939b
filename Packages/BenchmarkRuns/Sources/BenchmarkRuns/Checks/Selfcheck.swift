// Checks an installation: small sets in every layout, asked and judged.
internal import AnswerRules
internal import Basics
internal import Benchmarks
internal import Checkpoint
internal import Foundation
internal import StrictJSON

/// What a check found.
public struct SelfcheckResult: Sendable, Equatable {
    /// What was checked, such as `mathvision in 4 layouts`.
    public let name: String
    /// What is wrong; nil when all is well.
    public let problem: String?
}

/// Checks that sets are read, asked and judged as they were where the program was made.
///
/// The folder has `sets.json`, the same rows of each benchmark in its layouts, and `vectors.jsonl`, answers with the
/// verdicts of the references.
public struct Selfcheck {
    /// One benchmark of `sets.json`.
    private struct Entry: Decodable {
        let benchmark: Benchmark
        let layouts: [String]
        let rows: Int
    }

    private let folder: String
    private let entries: [Entry]

    /// A check over the rows of a folder.
    ///
    /// - Throws: `BenchmarkRunError.badFile` when the folder has no readable `sets.json`.
    public init(folder: String) throws {
        self.folder = folder
        let path = "\(folder)/sets.json"
        guard FileManager.default.fileExists(atPath: path) else {
            throw BenchmarkRunError.badFile(
                folder, "it has no sets.json; give the folder Examples/benchmarks of the project with --data")
        }
        do {
            entries = try JSONDecoder().decode([Entry].self, from: Data(try readRegularFile(path)))
        } catch let error as DecodingError {
            throw BenchmarkRunError.badFile(path, error.place)
        }
    }

    /// Runs all checks.
    ///
    /// - Parameters:
    ///   - model: Answers the rows; equal questions must get equal answers whatever layout they came from.
    ///   - settings: How it answers.
    /// - Returns: One result for each benchmark, and one for the rules.
    /// - Throws: What reading and answering throw.
    public func run(_ model: some AnsweringModel, _ settings: AnswerSettings) throws -> [SelfcheckResult] {
        try entries.map { entry in
            SelfcheckResult(
                name: "\(entry.benchmark.title): \(entry.rows) rows in \(entry.layouts.count) layouts",
                problem: try problem(entry, model, settings))
        } + [try rules()]
    }

    private func problem(
        _ entry: Entry, _ model: some AnsweringModel, _ settings: AnswerSettings
    ) throws -> String? {
        var first: [String: String]?
        for layout in entry.layouts {
            let rows = try BenchmarkReader.read("\(folder)/\(layout)").rows
            guard rows.count == entry.rows else {
                return "\(layout): expected \(entry.rows) rows, found \(rows.count)"
            }
            let questions = try rows.map {
                ModelQuestion($0, prompt: try PromptStyle.r1.prompt($0), number: 0)
            }
            let answers = try model.answers(to: questions, settings)
            // Layouts order rows in their own way: the same prompts must have the same golds and answers.
            var found: [String: String] = [:]
            for (question, group) in zip(questions, answers) {
                let row = question.row
                found["\(group[0].promptHash) \(group[0].pixelHash) \(row.rotation)"] =
                    "gold \(row.goldText), answer \(group[0].text)"
            }
            if let first, first != found {
                let key = Set(first.keys).union(found.keys).first { first[$0] != found[$0] } ?? ""
                return
                    "\(layout) differs from \(entry.layouts[0]): \(found[key] ?? "a row is missing"), there "
                    + (first[key] ?? "no such row")
            }
            first = first ?? found
        }
        return nil
    }

    /// Judges the answers of `vectors.jsonl` and compares the verdicts.
    private func rules() throws -> SelfcheckResult {
        let path = "\(folder)/vectors.jsonl"
        let lines = try readRegularFile(path).split(separator: UInt8(ascii: "\n"))
        var (rules, wrong): (Set<String>, [String]) = ([], [])
        for (index, line) in lines.enumerated() {
            let place = "\(path):\(index + 1)"
            let value: JSONValue
            do { value = try JSONValue(parsing: String(decoding: line, as: UTF8.self)) } catch {
                throw BenchmarkRunError.badFile(place, "not JSON: \(error)")
            }
            guard let vector = value.members, let rule = vector["rule"]?.text else {
                throw BenchmarkRunError.badFile(
                    place, "expected an object with \"rule\", found \(value.summary)")
            }
            rules.insert(rule)
            let judged = try RuleLines(rule: rule).judged(Array(line), at: place)
            if judged["correct"] != vector["correct"] { wrong.append("\(place) by \(rule)") }
        }
        return SelfcheckResult(
            name: "\(lines.count) stored answers by \(rules.count) rules",
            problem: wrong.isEmpty
                ? nil : "other verdicts than the references: \(wrong.joined(separator: ", "))")
    }
}
