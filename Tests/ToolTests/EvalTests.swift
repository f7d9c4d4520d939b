// r1-eval as a user runs it: sets in their public layouts, the shipped model, kills, a server, damaged files.
import Foundation
import TestKit
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct EvalTests {
    private static let model = Fixtures.repository.appendingPathComponent("Checkpoints/small-qwen25vl.h5")
        .path
    private let folder = TemporaryFolder()

    private func set(_ path: String) -> String { Fixtures.url("benchmark-rows/\(path)").path }

    private var sets: [String] {
        [
            "mmstar/MMStar.tsv", "mmbench/MMBench_DEV_EN_V11.tsv", "mmmu/validation-00000-of-00001.parquet",
            "mathvision/mathv-test.jsonl", "chartqa/data", "refcoco/RefCOCO.tsv",
        ].map(set)
    }

    private func run(_ name: String, _ more: [String] = [], limit: String = "24") -> [String] {
        ["run", Self.model] + sets + ["--run", folder.path(name), "--max-tokens", limit] + more
    }

    private func answers(_ name: String) throws -> Data {
        try Data(contentsOf: folder.url("\(name)/answers.jsonl"))
    }

    private func finished(_ arguments: [String], code: Int32 = 0) throws -> ToolResult {
        let result = try RunningTool("r1-eval", arguments).finish()
        #expect(result.exitCode == code, "\(result.errors)")
        return result
    }

    @Test(arguments: ["float32", "bfloat16"])
    func `answers do not depend on the size of a batch`(dtype: String) throws {
        for size in ["1", "7", "64"] {
            _ = try finished(run(size, ["--batch-size", size, "--dtype", dtype]))
        }
        #expect(try answers("1") == answers("7"))
        #expect(try answers("1") == answers("64"))
    }

    @Test func `a run that was killed five times and resumed has the same bytes`() throws {
        _ = try finished(run("whole", limit: "200"))
        let rows = try answers("whole").split(separator: 0x0A).count
        var kills = 0
        while kills < 5 {
            let tool = try RunningTool(
                "r1-eval", run("killed", ["--resume", "--batch-size", "1"], limit: "200"))
            let wanted = min(rows - 1, kills * 3 + 1)
            try tool.wait {
                (try? answers("killed").split(separator: 0x0A).count) ?? 0 >= wanted || !tool.isRunning
            }
            tool.signal(SIGKILL)
            _ = try tool.finish()
            kills += 1
        }
        _ = try finished(run("killed", ["--resume"], limit: "200"))
        #expect(try answers("killed") == answers("whole"))
    }

    @Test func `scores, reports and comparisons need no model`() throws {
        for name in ["a", "b"] { _ = try finished(run(name)) }
        let score = try finished(["score", folder.path("a")])
        #expect(score.output.contains("MMStar by official"))
        #expect(try !Data(contentsOf: folder.url("a/scored.jsonl")).isEmpty)
        let page = folder.path("report.html")
        let latex = try finished([
            "report", folder.path("a"), folder.path("b"), "--form", "latex", "--html", page,
        ])
        #expect(latex.output.contains("\\begin{tabular}"))
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("MMBench"))
        let gallery = folder.path("compare.html")
        let compared = try finished([
            "compare", folder.path("a"), folder.path("b"), "--json", "--html", gallery,
        ])
        #expect(compared.output.contains("\"difference\""))
        #expect(FileManager.default.fileExists(atPath: gallery))
        let refused = try finished(["report", folder.path("a"), "--html", page], code: 1)
        #expect(refused.errors.contains("--overwrite"))
    }

    @Test func `a server answers as the checkpoint that it serves`() throws {
        let server = try RunningTool(
            "r1-infer", ["serve", Self.model, "--no-verify", "--port", "0", "--model-name", "m"])
        try server.wait { server.output.hasSuffix("\n") || !server.isRunning }
        let address = try #require(server.output.split(separator: " ").last).dropLast()
        let set = set("mmstar/MMStar.tsv")
        let arguments = ["--run", folder.path("server"), "--max-tokens", "16", "--box-plane", "pixels"]
        _ = try finished(["run", "--server", "\(address)/v1", set] + arguments)
        _ = try finished(["run", Self.model, set, "--run", folder.path("own"), "--max-tokens", "16"])
        struct Answer: Decodable, Equatable { let id, text, finishReason: String }
        func read(_ name: String) throws -> [Answer] {
            try answers(name).split(separator: 0x0A).map { try JSONDecoder().decode(Answer.self, from: $0) }
        }
        #expect(try read("server") == read("own"))
        let manifest = try String(contentsOf: folder.url("server/manifest.json"), encoding: .utf8)
        #expect(manifest.contains("\"boxPlane\" : \"pixels\""))
        server.signal(SIGTERM)
        _ = try server.finish()
        let gone = try finished(
            ["run", "--server", "\(address)/v1", set, "--run", folder.path("gone")], code: 1)
        #expect(gone.errors.contains("is the server running?"), "\(gone.errors)")
        let far = try finished(
            ["run", "--server", "https://example.org/v1", set, "--run", folder.path("far")], code: 1)
        #expect(far.errors.contains("--allow-host example.org"))
    }

    @Test func `one rule judges any stored answers`() throws {
        let input = try folder.write(
            "answers.jsonl",
            """
            {"prediction": "The answer is B", "options": ["1", "2"], "gold": "B", "mine": 7}
            {"prediction": "no idea", "options": ["1", "2"], "gold": "A"}

            """)
        let judged = try finished(["judge", "--rule", "vlmevalkit.mcq", "--input", input])
        #expect(judged.lines.count == 2)
        #expect(judged.lines[0].contains("\"correct\":true") && judged.lines[0].contains("\"mine\":7"))
        #expect(judged.lines[1].contains("\"correct\":false"))
        let unknown = try finished(["judge", "--rule", "nobody", "--input", input], code: 1)
        #expect(unknown.errors.contains("there is no rule \"nobody\""))
        let broken = try folder.write(
            "broken.jsonl", "{\"prediction\": \"B\", \"gold\": \"B\"}\n{\"prediction\": 3}\n")
        let refused = try finished(["judge", "--rule", "mmmu.mcq", "--input", broken], code: 1)
        #expect(refused.errors.contains("broken.jsonl:2"), "\(refused.errors)")
        #expect(refused.output.isEmpty)
        #expect(try finished(["rules"]).output.contains("mathvision.official"))
    }

    @Test func `selfcheck says what differs`() throws {
        let examples = Fixtures.repository.appendingPathComponent("Examples/benchmarks")
        let arguments = ["selfcheck", "--model", Self.model, "--data"]
        let well = try finished(arguments + [examples.path])
        #expect(well.errors.contains("all is well"))
        let copy = folder.url("benchmarks")
        try FileManager.default.copyItem(at: examples, to: copy)
        let set = copy.appendingPathComponent("mathvision/mathv-test.jsonl")
        let text = try String(contentsOf: set, encoding: .utf8)
        try text.replacingOccurrences(of: "How many", with: "How few").write(
            to: set, atomically: true, encoding: .utf8)
        let changed = try finished(arguments + [copy.path], code: 1)
        #expect(changed.output.contains("FAIL  MathVision") && changed.output.contains("mathv-test.jsonl"))
    }

    @Test func `wrong command lines and runs are refused before anything is written`() throws {
        for (arguments, code, words) in [
            (["run", Self.model, "--run", folder.path("x")], 64, "expected a model and at least one set"),
            (run("x", ["--style", "mine"]), 64, "there is no style \"mine\""),
            (run("x", ["--style", "think"]), 64, "--system-file"),
            (run("x", ["--samples", "4"]), 64, "--temperature"),
            (["run", Self.model, "/nothing.tsv", "--run", folder.path("x")], 1, "/nothing.tsv"),
            (["score", folder.path("x")], 1, "manifest.json"),
            (["compare", folder.path("x")], 64, "two runs or more"),
        ] as [([String], Int32, String)] {
            let result = try finished(arguments, code: code)
            #expect(result.errors.contains(words), "\(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("x")))
    }
}
