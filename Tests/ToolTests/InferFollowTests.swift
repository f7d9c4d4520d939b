// r1-infer serve --follow with real checkpoints of a run.
import Foundation
import FoundationNetworking
import StrictJSON
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5))) struct InferFollowTests {
    @Test func `a newer checkpoint answers; a damaged or incomplete one is skipped`() async throws {
        let train = try TrainFolder()
        try train.finish(train.new(.sft, "run"))
        let trained = train.folder.url("run/checkpoints")
        let run = train.folder.url("followed")
        let checkpoints = run.appendingPathComponent("checkpoints")
        try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true)
        let place = checkpoints.appendingPathComponent("step-000004.h5")
        try FileManager.default.copyItem(at: trained.appendingPathComponent("step-000004.h5"), to: place)
        // Newer ones that are no checkpoints: incomplete, and damaged in the middle.
        let newest = try Data(contentsOf: trained.appendingPathComponent("step-000005.h5"))
        let name = checkpoints.appendingPathComponent("step-000005.h5")
        try newest.prefix(newest.count / 2).write(to: name)
        var damaged = newest
        let middle = try #require(damaged.indices.dropFirst(damaged.count / 2).first { damaged[$0] != 0 })
        damaged[middle] ^= 0x40
        try damaged.write(to: checkpoints.appendingPathComponent("step-000006.h5"))

        let tool = try RunningTool(
            "r1-infer", ["serve", "--follow", run.path, "--follow-interval", "0.1", "--port", "0"])
        try tool.wait { tool.output.hasSuffix("\n") || !tool.isRunning }
        let address = try #require(tool.output.split(separator: " ").last.map { "\($0.dropLast())" })
        let first = try await version(address, is: "step-000004")
        #expect(first.model == "followed")

        // The incomplete one becomes complete, as a rename makes it.
        let complete = checkpoints.appendingPathComponent("complete")
        try newest.write(to: complete)
        #expect(rename(complete.path, name.path) == 0)
        let second = try await version(address, is: "step-000005")
        #expect(second.model == "followed" && second.fingerprint != first.fingerprint)
        tool.signal(SIGTERM)
        let result = try tool.finish()
        #expect(result.exitCode == 0, "\(result.errors)")
        for name in ["step-000005.h5", "step-000006.h5"] {
            let lines = result.errors.split(separator: "\n").filter {
                $0.contains("\(name) is skipped until it changes")
            }
            #expect(lines.count == 1, "\(result.errors)")
        }
        #expect(result.errors.contains("version=step-000005"))
    }

    @Test func `adapters of a run answer with their base, which --base names when it has moved`() async throws
    {
        let train = try TrainFolder()
        let (base, moved) = (train.folder.path("model"), train.folder.path("moved"))
        try FileManager.default.copyItem(atPath: Fixtures.url("checkpoints/qwen25vl-tiny").path, toPath: base)
        try train.finish(
            train.new(
                .sft, "lora", "--set", "model=\(base)", "--set", "lora.rank=4", "--set",
                "learningRate.peak=0.1"))
        let adapter = train.folder.path("lora/checkpoints/step-000005.h5")
        let generation = ["--input", train.folder.path("test.jsonl"), "--greedy", "--max-tokens", "4"]

        // A merged file and the adapter answer alike.
        let merged = train.folder.path("merged.h5")
        let conversion = try run("r1-convert", ["--adapter", adapter, base, merged])
        #expect(conversion.exitCode == 0, "\(conversion.testDescription)")
        func answers(_ model: String...) throws -> String {
            let result = try run("r1-infer", ["generate"] + model + generation)
            #expect(result.exitCode == 0, "\(result.testDescription)")
            return result.output
        }
        let wanted = try answers(merged)
        #expect(try answers(adapter) == wanted)
        #expect(try answers(base) != wanted)

        try FileManager.default.moveItem(atPath: base, toPath: moved)
        let lost = try run("r1-infer", ["generate", adapter] + generation)
        #expect(lost.exitCode == 1)
        #expect(lost.errors.contains(base) && lost.errors.contains("--base"), "\(lost.errors)")
        #expect(try answers(adapter, "--base", moved) == wanted)
        let wrong = try run("r1-infer", ["generate", merged, "--base", moved] + generation)
        #expect(wrong.exitCode == 1 && wrong.errors.contains("not a LoRA adapter"), "\(wrong.errors)")

        let tool = try RunningTool(
            "r1-infer",
            [
                "serve", "--follow", train.folder.path("lora"), "--base", moved, "--model-name", "followed",
                "--port", "0",
            ])
        try tool.wait { tool.output.hasSuffix("\n") || !tool.isRunning }
        let address = try #require(tool.output.split(separator: " ").last.map { "\($0.dropLast())" })
        _ = try await version(address, is: "step-000005")
        tool.signal(SIGTERM)
        let result = try tool.finish()
        #expect(result.exitCode == 0, "\(result.errors)")
    }

    @Test func `a run that is none, and nothing to serve`() throws {
        let none = try run("r1-infer", ["serve", "--follow", "/nothing", "--port", "0"])
        #expect(none.exitCode == 1 && none.errors.contains("/nothing"), "\(none.errors)")
        let empty = try run("r1-infer", ["serve", "--port", "0"])
        #expect(empty.exitCode == 1 && empty.errors.contains("--follow RUN"), "\(empty.errors)")
    }

    /// Asks until a version answers; returns what its reply says.
    private func version(
        _ address: String, is version: String
    ) async throws -> (model: String, fingerprint: String) {
        for _ in 0..<1200 {
            var request = URLRequest(url: try #require(URL(string: "\(address)/v1/chat/completions")))
            request.httpMethod = "POST"
            request.httpBody = Data(
                #"{"model":"followed","messages":[{"role":"user","content":"Hi"}],"max_tokens":2}"#.utf8)
            let (data, response) = try await URLSession.shared.data(for: request)
            let answer = try #require(response as? HTTPURLResponse)
            if answer.statusCode == 200,
                answer.value(forHTTPHeaderField: "R1-Model-Version") == version
            {
                let json = try OrderedJSON(parsing: [UInt8](data))
                return (json["model"]?.text ?? "", json["system_fingerprint"]?.text ?? "")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(version) did not answer")
        return ("", "")
    }
}
