// r1-data rate and filter as a user runs them: ratings continue after a kill with the same bytes, and the filter
// needs no model.
import Foundation
import TestKit
import Testing

/// A few handwritten rows with settings for a tiny model.
final class RatingFolder {
    static let rowCount = 12
    let folder = TemporaryFolder()
    let lines: [String]

    init() throws {
        lines = try Fixtures.exampleRows(Self.rowCount)
        try folder.write("rows.jsonl", exampleRows: lines)
        try folder.write(
            "run.yaml",
            """
            model: \(Fixtures.url("checkpoints/qwen25vl-tiny").path)
            threads: 1
            seed: 3
            grpo: {groupSize: 4, maxNewTokens: 6}
            evaluation: {batchSize: 2}

            """)
    }

    func rate(_ output: String, _ more: String...) -> [String] {
        [
            "rate", folder.path("rows.jsonl"), "--config", folder.path("run.yaml"), "--output",
            folder.path(output),
        ]
            + more
    }
}

@Suite(.serialized) struct DataRateTests {
    private struct Rating: Decodable {
        let id: String
        let accuracy, total: [Double]
        let answers, status: [String]
        let mean, spread: Double
        let problem: String?
    }

    private func ratings(_ text: String) throws -> [Rating] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(Rating.self, from: Data($0.utf8)) }
    }

    @Test("Ratings continue after a kill and after SIGTERM with the bytes of a rating that was not stopped")
    func continued() throws {
        let rows = try RatingFolder()
        let whole = try run("r1-data", rows.rate("whole.jsonl"))
        #expect(whole.exitCode == 0, "\(whole.testDescription)")
        let expected = try rows.folder.text("whole.jsonl")
        let found = try ratings(expected)
        #expect(found.count == RatingFolder.rowCount)
        #expect(found.allSatisfy { $0.answers.count == 4 && $0.accuracy.count == 4 && $0.problem == nil })

        for signal in [SIGKILL, SIGTERM] {
            let running = try RunningTool("r1-data", rows.rate("cut.jsonl"))
            _ = try running.signal(signal) { ((try? rows.folder.text("cut.jsonl")) ?? "").count > 10 }
            #expect(try running.finish().exitCode == 128 + signal)
            // A write that was cut off, too.
            let cut = try rows.folder.text("cut.jsonl")
            #expect(cut.count < expected.count)
            try rows.folder.write("cut.jsonl", cut + "{\"id\": \"tra")
            let rest = try run("r1-data", rows.rate("cut.jsonl"))
            #expect(rest.exitCode == 0 && rest.errors.contains("continuing after"), "\(rest.testDescription)")
            #expect(try rows.folder.text("cut.jsonl") == expected)
            try FileManager.default.removeItem(at: rows.folder.url("cut.jsonl"))
        }

        let again = try run("r1-data", rows.rate("whole.jsonl"))
        #expect(again.exitCode == 0 && !again.errors.contains("rated 2 of"))
        #expect(try rows.folder.text("whole.jsonl") == expected)
    }

    @Test("Ratings of other rows, settings or models are not continued; --overwrite starts again")
    func mismatch() throws {
        let rows = try RatingFolder()
        try rows.folder.write("rows.jsonl", rows.lines.prefix(2).joined(separator: "\n"))
        #expect(try run("r1-data", rows.rate("r.jsonl")).exitCode == 0)
        expectTrouble(
            try run("r1-data", rows.rate("r.jsonl", "--set", "seed=4")), from: "r1-data",
            naming: ["r.jsonl:1", "seed 3, now 4", "--overwrite"])
        expectTrouble(
            try run("r1-data", rows.rate("r.jsonl", "--set", "rewards.formatWeight=0.5")), from: "r1-data",
            naming: ["r.jsonl:1", "other settings"])
        expectTrouble(
            try run(
                "r1-data", rows.rate("r.jsonl", "--model", Fixtures.url("checkpoints/internvl-tiny-hf").path)),
            from: "r1-data", naming: ["r.jsonl:1", "another model"])
        try rows.folder.write("rows.jsonl", rows.lines[1...3].joined(separator: "\n"))
        expectTrouble(
            try run("r1-data", rows.rate("r.jsonl")), from: "r1-data",
            naming: ["r.jsonl:1", "it rates the row \"train-00000\", not \"train-00001\""])
        let anew = try run("r1-data", rows.rate("r.jsonl", "--overwrite"))
        #expect(anew.exitCode == 0, "\(anew.testDescription)")
        #expect(
            try ratings(rows.folder.text("r.jsonl")).map(\.id) == [
                "train-00001", "train-00002", "train-00003",
            ])
    }

    @Test(
        "The filter keeps the rows whose rewards differ; a missing or unreadable gold is rated as a problem"
    )
    func filtered() throws {
        let rows = try RatingFolder()
        let bad =
            "{\"id\": \"bad\", \"task\": \"grounding\", \"messages\": [{\"role\": \"user\", \"content\": \"q\"}], "
            + "\"solution\": \"nowhere\"}"
        let taught =
            "{\"id\": \"taught\", \"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", "
            + "\"content\": \"at <bbox>\"}], \"objects\": {\"bbox\": [[61, 22]]}}"
        let lines = Array(rows.lines.prefix(3)) + [bad, taught] + rows.lines[3..<6]
        try rows.folder.write("rows.jsonl", lines.joined(separator: "\n") + "\n")
        #expect(try run("r1-data", rows.rate("r.jsonl")).exitCode == 0)
        let found = try ratings(rows.folder.text("r.jsonl"))
        #expect(
            found.map(\.id) == ["train-00000", "train-00001", "train-00002", "bad", "taught"]
                + (3...5).map { "train-0000\($0)" })
        for index in [3, 4] { #expect(found[index].problem != nil && found[index].answers.isEmpty) }

        let arguments = [
            "filter", rows.folder.path("rows.jsonl"), "--ratings", rows.folder.path("r.jsonl"), "--output",
            rows.folder.path("kept.jsonl"), "--reward", "total",
        ]
        let kept = try run("r1-data", arguments)
        let expected = zip(lines, found).filter { Set($1.total).count > 1 }.map(\.0)
        if expected.isEmpty {
            expectTrouble(kept, from: "r1-data", naming: ["rows.jsonl", "nothing written"])
        } else {
            #expect(kept.exitCode == 0, "\(kept.testDescription)")
            #expect(try rows.folder.text("kept.jsonl") == expected.map { $0 + "\n" }.joined())
        }
        for (wrong, part) in [
            (["--limit", "open"], "--limit is task=count, found open"),
            (["--epsilon", "-1"], "0 to below 2"),
            (["--mean-from", "0.5", "--mean-to", "0.4"], "above"),
            (["--missing", "perhaps"], "stop, keep or drop"),
            (["--limit", "open=1", "--limit", "open=2"], "twice"),
        ] {
            let result = try run("r1-data", arguments + wrong)
            #expect(result.exitCode == 64 && result.errors.contains(part), "\(result.testDescription)")
        }
    }
}
