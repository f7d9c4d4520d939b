// Scores: pure functions of stored answers, which refuse what does not match the manifest.
import Benchmarks
import EvaluationReports
import Foundation
import TestKit
import Testing
import TrainingData

@testable import BenchmarkRuns

@Suite("Scores of runs")
struct ScoreTests {
    private func run(_ count: Int, in folder: TemporaryFolder, _ text: @escaping (BenchmarkRow) -> String?)
        throws -> String
    {
        let path = folder.url("run").path
        try plannedRun([try writeChoices(count, to: folder)], in: path)
            .run(EchoModel(text), existing: .replaced, batchSize: 8)
        return path
    }

    @Test("Every rule judges every answer")
    func verdicts() throws {
        let folder = TemporaryFolder()
        let path = try run(10, in: folder) { row in row.id == "3" ? "I cannot tell" : "<answer>A</answer>" }
        let scores = try RunScores(path)
        #expect(Set(scores.answers.map(\.rule)) == ["r1", "official", "vlmevalkit", "lmms"])
        #expect(scores.answers.count == 40)
        let ours = scores.answers.filter { $0.rule == "r1" }
        #expect(ours.count(where: \.isCorrect) == 5)
        #expect(ours.filter { $0.status != "ok" }.map(\.id) == ["3"])
        #expect(ours.filter { $0.letter == "A" }.count == 9)
        var raw = ScoringOptions()
        (raw.strip, raw.ruleSets) = (nil, ["lmms"])
        #expect(Set(try RunScores(path, raw).answers.map(\.rule)) == ["lmms"])
    }

    @Test("A set that changed after it was asked is refused")
    func changedData() throws {
        let folder = TemporaryFolder()
        let path = try run(4, in: folder) { _ in "A" }
        let set = folder.url("MMStar.tsv").path
        let text = try String(contentsOfFile: set, encoding: .utf8)
        try text.replacingOccurrences(of: "Which is 2?", with: "Which is 3?").write(
            toFile: set, atomically: true, encoding: .utf8)
        let error = #expect(throws: BenchmarkRunError.self) { _ = try RunScores(path) }
        #expect("\(error as Any)".contains("SHA-256"))
        var options = ScoringOptions()
        options.paths[set] = try folder.write("elsewhere.tsv", text)
        #expect(try RunScores(path, options).answers.count == 16)
    }

    @Test("Answers that are missing, doubled or of another run are refused with their line")
    func changedAnswers() throws {
        let folder = TemporaryFolder()
        let path = try run(4, in: folder) { _ in "A" }
        let file = URL(fileURLWithPath: "\(path)/\(AnswerFile.name)")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        for (changed, words) in [
            (Array(lines[..<3]), "not finished"), (lines + [lines[3]], "answers.jsonl:5"),
            ([lines[0], lines[2], lines[1], lines[3]], "answers.jsonl:2"),
            ([lines[0], "{\"set\": 1}", lines[2], lines[3]], "answers.jsonl:2"),
        ] {
            try (changed.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
            let error = #expect(throws: BenchmarkRunError.self) { _ = try RunScores(path) }
            #expect("\(error as Any)".contains(words))
        }
    }

    @Test("A run compared with itself differs in nothing")
    func itself() throws {
        let folder = TemporaryFolder()
        let path = try run(10, in: folder) { _ in nil }
        let scores = try RunScores(path)
        let comparison = try EvaluationComparison([scores.evaluated(as: "a"), scores.evaluated(as: "b")])
        #expect(comparison.sets.count == 4)
        for set in comparison.sets {
            #expect(set.difference.difference == 0)
            #expect(set.exactP == 1)
        }
    }

    @Test("Custom rows are scored by the rewards of their tasks")
    func customRows() throws {
        let folder = TemporaryFolder()
        let rows = Fixtures.examples.appendingPathComponent("test.jsonl").path
        let lines = try String(contentsOfFile: rows, encoding: .utf8).split(separator: "\n").prefix(3)
        let images = Fixtures.examples.appendingPathComponent("images").path
        try FileManager.default.createSymbolicLink(
            atPath: folder.url("images").path, withDestinationPath: images)
        let set = try folder.write("mine.jsonl", lines.joined(separator: "\n") + "\n")
        let path = folder.url("run").path
        try plannedRun([set], in: path).run(
            EchoModel { "<answer>\($0.sample?.solutions.first ?? "")</answer>" }, existing: .refused,
            batchSize: 8)
        let scores = try RunScores(path)
        #expect(scores.answers.map(\.isCorrect) == [true, true, true])
        #expect(
            Set(scores.answers.flatMap { $0.categories.filter { $0.axis == "task" }.flatMap(\.names) })
                == ["yorn", "mcq", "chart"])
    }

    @Test("Captions without an embedding table: one error names the row once, and the option")
    func captionsWithoutTable() throws {
        let folder = TemporaryFolder()
        let rows = Fixtures.examples.appendingPathComponent("test.jsonl").path
        let caption = try #require(
            String(contentsOfFile: rows, encoding: .utf8).split(separator: "\n").first {
                $0.contains("\"open\"")
            })
        try FileManager.default.createSymbolicLink(
            atPath: folder.url("images").path,
            withDestinationPath: Fixtures.examples.appendingPathComponent("images")
                .path)
        let set = try folder.write("captions.jsonl", caption + "\n")
        let path = folder.url("run").path
        try plannedRun([set], in: path).run(EchoModel { _ in "a digit" }, existing: .refused, batchSize: 8)
        do {
            _ = try RunScores(path)
            Issue.record("captions were scored without an embedding table")
        } catch {
            let message = "\(error)"
            #expect(message.components(separatedBy: "captions.jsonl:1").count == 2, "\(message)")
            #expect(message.contains("--embeddings"))
        }
    }

    @Test("Boxes of an undeclared plane are an error, not a guess")
    func undeclaredPlane() throws {
        let folder = TemporaryFolder()
        let path = folder.url("run").path
        let set = Fixtures.url("benchmark-rows/refcoco/RefCOCO.tsv").path
        func scores(_ plane: [Double]?) throws -> RunScores {
            let model = EchoModel { _ in "[1, 2, 3, 4]" }
            model.boxPlane = plane
            try plannedRun([set], in: path).run(model, existing: .replaced, batchSize: 8)
            return try RunScores(path)
        }
        #expect(throws: (any Error).self) { _ = try scores(nil) }
        #expect(try scores([64, 48]).answers.count { $0.rule == "r1" && $0.status == "ok" } == 3)
    }
}
