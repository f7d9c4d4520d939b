// What a resumed run compares with its checkpoint: each change is found and named, and harmless ones are recorded.
import Foundation
import TestKit
import Testing

@testable import Rollouts
@testable import StrictJSON
@testable import TensorMath
@testable import TrainingRuns

@Suite("Resuming what was changed")
struct ResumeCheckTests {
    /// A run of three supervised steps that was stopped after two.
    private func stopped() throws -> TinyRun {
        var tiny = try TinyRun(.sft)
        tiny.configuration.learningRate.schedule = .constant
        try tiny.run("run", stopAfter: 2)
        return tiny
    }

    private func resume(_ tiny: TinyRun, accepting: Set<AcceptedChange> = []) throws {
        _ = try TrainingRun(
            resuming: tiny.directory("run"), accepting: accepting, interruption: Interruption()
        ) { _ in }.run()
    }

    /// Expects that resuming is refused in these words, and that the records stay as they were.
    private func expectRefused(_ tiny: TinyRun, _ parts: String...) throws {
        let before = try tiny.folder.text("run/metrics.jsonl")
        let error = #expect(throws: RunError.self) { try resume(tiny) }
        let message = try #require(error).description
        for part in parts { #expect(message.contains(part), "'\(part)' is not in: \(message)") }
        #expect(try tiny.folder.text("run/metrics.jsonl") == before)
    }

    private func edit(_ tiny: TinyRun, _ name: String, _ change: ([String]) -> [String]) throws {
        let lines = try tiny.folder.text(name).split(separator: "\n").map(String.init)
        try tiny.folder.write(name, change(lines).map { $0 + "\n" }.joined())
    }

    @Test("Lost and changed records are refused; accepted, they are recorded and the weights are the same")
    func records() throws {
        let tiny = try stopped()
        try edit(tiny, "run/metrics.jsonl") { Array($0.prefix(1)) }
        try expectRefused(
            tiny, "step-000002.h5", "metrics.jsonl lacks", "between 2 and 2", "--accept records")
        try resume(tiny, accepting: [.records])
        #expect(try tiny.directory("run").text("changes.jsonl").contains("\"accepted\":\"records\""))
        // The next part of the run compares with what the accepted one left.
        try resume(tiny)

        let other = try stopped()
        try edit(other, "run/metrics.jsonl") { $0.map { $0.replacingOccurrences(of: "1", with: "2") } }
        try expectRefused(other, "metrics.jsonl")
        try edit(other, "run/metrics.jsonl") { $0.map { $0.replacingOccurrences(of: "2", with: "1") } }
        // As many lines as before, but one is no longer JSON.
        try edit(other, "run/timing.jsonl") { [String($0[0].dropFirst())] + $0.dropFirst() }
        try expectRefused(other, "timing.jsonl has the times of 1 of 2 steps")
    }

    @Test("Lines of later steps whose step was damaged do not become lines of earlier steps")
    func laterLines() throws {
        let whole = try stopped()
        try resume(whole)
        let tiny = try stopped()
        for name in ["metrics.jsonl", "timing.jsonl"] {
            try edit(tiny, "run/\(name)") { lines in
                lines + [lines[1].replacingOccurrences(of: "\"step\":2", with: "\"step\":1")]
            }
        }
        try resume(tiny)
        #expect(try tiny.folder.text("run/metrics.jsonl") == whole.folder.text("run/metrics.jsonl"))
        let times = try tiny.directory("run").lines(of: "timing.jsonl")
        #expect(times.compactMap { $0["step"]?.double } == [1, 2, 3])
    }

    @Test("A file of settings that was cut off is refused with the first missing setting")
    func cutSettings() throws {
        let tiny = try stopped()
        let text = try tiny.folder.text("run/config.yaml")
        let lines = text.split(separator: "\n").map(String.init)
        let threads = try #require(lines.firstIndex { $0.hasPrefix("threads:") })
        try edit(tiny, "run/config.yaml") { Array($0[..<threads]) }
        try expectRefused(tiny, "config.yaml", "settings are missing, the first is", "cut off")
        try tiny.folder.write("run/config.yaml", text)
        try resume(tiny)
    }

    @Test("Changed, reordered, added and missing rows are refused with the first of them")
    func rows() throws {
        let tiny = try stopped()
        let rows = try tiny.folder.text("rows.jsonl")
        try edit(tiny, "rows.jsonl") { [$0[1], $0[0]] + $0.dropFirst(2) }
        try expectRefused(tiny, "another order", "rows.jsonl:1", "--accept rows")
        try edit(tiny, "rows.jsonl") { $0.dropLast() }
        try expectRefused(tiny, "8 then, 7 now", "missing")
        try tiny.folder.write(
            "rows.jsonl",
            rows + rows.split(separator: "\n")[0].replacingOccurrences(of: "\"id\": \"", with: "\"id\": \"x"))
        try expectRefused(tiny, "8 then, 9 now", "rows.jsonl:9")
        try tiny.folder.write(
            "rows.jsonl", rows.replacingOccurrences(of: "\"id\": \"train-00002", with: "\"id\": \"other"))
        try expectRefused(tiny, "changed or added, first", "rows.jsonl:3")
        try tiny.folder.write("rows.jsonl", rows)
        try resume(tiny)
    }

    @Test("A changed picture is refused with its row")
    func pictures() throws {
        var tiny = try TinyRun(.sft)
        let images = Fixtures.examples.appendingPathComponent("images").path
        try FileManager.default.copyItem(
            atPath: images + "/train-00001.png", toPath: tiny.folder.path("own.png"))
        let rows = try tiny.folder.text("rows.jsonl")
        try tiny.folder.write(
            "rows.jsonl", rows.replacingOccurrences(of: images + "/train-00001.png", with: "own.png"))
        tiny.configuration.checkpoints.every = 1
        try tiny.run("run", stopAfter: 1)
        try FileManager.default.removeItem(atPath: tiny.folder.path("own.png"))
        try FileManager.default.copyItem(
            atPath: images + "/train-00004.png", toPath: tiny.folder.path("own.png"))
        try expectRefused(tiny, "pictures", "rows.jsonl:2", "--accept pictures")
        try resume(tiny, accepting: [.pictures])
    }

    @Test("Changed settings that change the weights are refused by name; the others are recorded")
    func settings() throws {
        let tiny = try stopped()
        let whole = try tiny.run("whole")
        let yaml = try tiny.folder.text("run/config.yaml")
        for (old, new, words) in [
            ("seed: 7", "seed: 8", "the setting seed was 7 and is 8"),
            ("groupSize: 3", "groupSize: 4", "grpo.groupSize was 3 and is 4"),
            ("method: sft", "method: grpo", "it is of the method sft, the run of grpo"),
            ("steps: 3", "steps: 1", "steps is 1, fewer than the 2 made"),
        ] {
            #expect(yaml.contains(old))
            try tiny.folder.write("run/config.yaml", yaml.replacingOccurrences(of: old, with: new))
            try expectRefused(tiny, words, "start a new run")
        }
        try tiny.folder.write(
            "run/config.yaml",
            yaml.replacingOccurrences(of: "keepLast: 2", with: "keepLast: 1")
                .replacingOccurrences(of: "answersPerPrompt: 4", with: "answersPerPrompt: 5"))
        try resume(tiny)
        let changes = try tiny.directory("run").lines(of: "changes.jsonl")
        #expect(
            changes.compactMap { $0["setting"]?.text } == [
                "checkpoints.keepLast", "evaluation.answersPerPrompt",
            ])
        #expect(try tiny.directory("run").text("metrics.jsonl") == whole.text("metrics.jsonl"))
    }

    @Test("A checkpoint of another run, under another step's name or without a state is refused")
    func checkpoints() throws {
        var tiny = try stopped()
        tiny.configuration.steps = 5
        try tiny.run("other", stopAfter: 2)
        let (own, kept) = (tiny.folder.path("run/checkpoints/step-000002.h5"), tiny.folder.path("kept.h5"))
        func place(_ source: String, _ name: String) throws {
            try? FileManager.default.removeItem(atPath: own)
            let path = tiny.folder.path("run/checkpoints/" + name)
            try FileManager.default.copyItem(atPath: source, toPath: path)
        }
        try FileManager.default.copyItem(atPath: own, toPath: kept)
        try place(tiny.folder.path("other/checkpoints/step-000002.h5"), "step-000002.h5")
        try expectRefused(tiny, "a checkpoint of another run")
        try place(kept, "step-000003.h5")
        try expectRefused(tiny, "the checkpoint of step 2, not 3")
        try FileManager.default.removeItem(atPath: tiny.folder.path("run/checkpoints/step-000003.h5"))
        try place(kept, "step-000002.h5")
        try FileManager.default.removeItem(atPath: tiny.folder.path("run/run.json"))
        try expectRefused(tiny, "run.json is missing", "--accept records")
        try resume(tiny, accepting: [.records])
    }
}
