// The commands of r1-data without a model, as a user runs them.
import Foundation
import StrictJSON
import TestKit
import Testing

@Suite("r1-data on rows")
struct DataToolsTests {
    /// Handwritten rows in a folder beside the pictures.
    private func handwritten(_ count: Int) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        try folder.write("rows.jsonl", exampleRows: Fixtures.exampleRows(count))
        return folder
    }

    @Test("Every command's help explains it, and a wrong command line has exit code 64")
    func commandLine() throws {
        for command in [
            "import", "run", "check", "dedupe", "rate", "filter", "mix", "export", "card", "view", "score",
        ] {
            let help = try run("r1-data", [command, "--help"])
            #expect(help.exitCode == 0 && help.output.contains("USAGE: r1-data \(command)"), "\(command)")
            #expect(help.output.contains("  r1-data \(command) "), "\(command) has no example")
            #expect(try run("r1-data", [command, "--fast"]).exitCode == 64, "\(command)")
        }
    }

    @Test("check finds nothing in the handwritten rows, and ends with 1 when there is an error")
    func check() throws {
        let good = try run(
            "r1-data", ["check", Fixtures.examples.appendingPathComponent("test.jsonl").path, "--decode"])
        #expect(good.exitCode == 0 && good.lines.last == "0 errors, 0 warnings", "\(good.testDescription)")
        #expect(good.output.contains("tasks        chart 400, grounding 200") && good.errors.isEmpty)

        let folder = try handwritten(3)
        try folder.write("rows.jsonl", folder.text("rows.jsonl") + "{\"id\": 4}\n")
        let bad = try run("r1-data", ["check", folder.path("rows.jsonl"), "--json"])
        #expect(bad.exitCode == 1 && bad.lines.count == 2, "\(bad.testDescription)")
        #expect(bad.lines[0].contains("\"kind\":\"badRow\"") && bad.lines[0].contains("\"line\":4"))
        #expect(bad.lines[1].hasPrefix("{\"summary\":{"))
        expectTrouble(
            try run("r1-data", ["check", folder.path("none.jsonl")]), from: "r1-data", naming: ["none.jsonl"])
    }

    @Test("check counts tokens with a model's processor")
    func tokens() throws {
        let folder = try handwritten(3)
        let model = Fixtures.url("checkpoints/qwen25vl-tiny").path
        let result = try run("r1-data", ["check", folder.path("rows.jsonl"), "--model", model])
        #expect(
            result.exitCode == 0 && result.output.contains("\ntokens       "), "\(result.testDescription)")
    }

    @Test("dedupe removes repeated rows and leaks, lists them, and keeps an existing output")
    func dedupe() throws {
        let folder = try handwritten(20)
        let lines = try folder.text("rows.jsonl").split(separator: "\n").map(String.init)
        try folder.write("rows.jsonl", (lines + [lines[3]]).map { $0 + "\n" }.joined())
        try folder.write("eval.jsonl", lines[7] + "\n")
        let arguments = [
            "dedupe", folder.path("rows.jsonl"), "--output", folder.path("out.jsonl"), "--against",
            folder.path("eval.jsonl"), "--report", folder.path("removed.jsonl"),
        ]
        let result = try run("r1-data", arguments)
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(
            result.lines == [
                "kept 19 of 21; removed 1 exact duplicates, 0 with pictures that look the same, 1 leaks"
            ])
        #expect(try folder.text("out.jsonl") == (lines[..<7] + lines[8...]).map { $0 + "\n" }.joined())
        let removed = try folder.text("removed.jsonl").split(separator: "\n")
        #expect(
            removed.count == 2 && removed[1].contains("\"line\":21") && removed[1].contains("rows.jsonl:4\""))
        expectTrouble(try run("r1-data", arguments), from: "r1-data", naming: ["out.jsonl", "--overwrite"])
        #expect(try run("r1-data", arguments + ["--exact", "--distance", "3"]).exitCode == 64)
    }

    @Test("mix, export, card and view write what they say, twice the same")
    func pages() throws {
        let folder = try handwritten(30)
        let rows = folder.path("rows.jsonl")
        for name in ["a", "b"] {
            let commands = [
                [
                    "mix", rows, "--output", folder.path("\(name).jsonl"), "--count", "chart=3", "--weight",
                    "mcq=1",
                    "--total", "6", "--seed", "4",
                ],
                [
                    "export", rows, "--to", "ms-swift", "--output", folder.path("\(name).swift.jsonl"),
                    "--with-answers",
                ],
                ["export", rows, "--to", "llava", "--output", folder.path("\(name).llava.json")],
                ["card", rows, "--output", folder.path("\(name).md"), "--html", folder.path("\(name).html")],
                ["view", rows, "--output", folder.path("\(name).view.html"), "--task", "grounding"],
            ]
            for command in commands {
                let result = try run("r1-data", command)
                #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.testDescription)")
            }
        }
        for end in [".jsonl", ".swift.jsonl", ".llava.json", ".md", ".html", ".view.html"] {
            #expect(try folder.text("a" + end) == folder.text("b" + end), "\(end)")
        }
        #expect(try folder.text("a.jsonl").split(separator: "\n").count == 6)
        #expect(try folder.text("a.swift.jsonl").contains("<answer><bbox></answer>"))
        #expect(try folder.text("a.view.html").components(separatedBy: "class=\"row\"").count == 7)
        #expect(try folder.text("a.md").contains("| chart | "))
        for (command, part) in [
            (["mix", rows, "--output", folder.path("x"), "--weight", "a=0"], "above 0"),
            (["export", rows, "--to", "coco", "--output", folder.path("x")], "ms-swift"),
            (["card", rows], "--output"),
        ] {
            let result = try run("r1-data", command)
            #expect(result.exitCode == 64 && result.errors.contains(part), "\(result.testDescription)")
        }
        expectTrouble(
            try run("r1-data", ["mix", rows, "--output", folder.path("x"), "--count", "chart=500"]),
            from: "r1-data",
            naming: ["chart has 6 rows of 500", "--repeat"])
    }

    @Test("Rows exported to Parquet with their pictures come back by import")
    func parquet() throws {
        let folder = try handwritten(40)
        let file = folder.path("rows.parquet")
        let export = try run(
            "r1-data", ["export", folder.path("rows.jsonl"), "--to", "parquet", "--output", file])
        #expect(
            export.exitCode == 0 && export.output.hasPrefix("wrote 40 rows\n"), "\(export.testDescription)")
        let back = folder.path("back.jsonl")
        let imported = try run(
            "r1-data", ["import", file, "--output", back, "--images", folder.path("copies")])
        #expect(imported.exitCode == 0, "\(imported.testDescription)")

        func rows(_ name: String) throws -> [JSONObject] {
            try folder.text(name).split(separator: "\n").map {
                try #require(JSONValue(parsing: String($0)).members)
            }
        }
        let (before, after) = (try rows("rows.jsonl"), try rows("back.jsonl"))
        for key in ["id", "task", "source", "messages", "solution"] {
            #expect(before.map { $0[key] } == after.map { $0[key] }, "\(key)")
        }
        func pictures(_ rows: [JSONObject]) throws -> [Data] {
            try rows.map { row in
                try Data(contentsOf: folder.url(try #require(row["images"]?.elements?.first?.text)))
            }
        }
        #expect(try pictures(before) == pictures(after))
    }

    @Test("run makes the rows of a recipe, killed and continued with the same bytes, and names a bad line")
    func recipe() throws {
        let folder = try handwritten(12)
        try folder.write(
            "r.yaml",
            """
            sources: [{name: d, path: \(folder.path("rows.jsonl"))}]
            rate:
              model: \(Fixtures.url("checkpoints/qwen25vl-tiny").path)
              set: [threads=1, grpo.groupSize=3, grpo.maxNewTokens=5, evaluation.batchSize=2]
            filter: {reward: total}
            exports: [{to: record, output: out.jsonl}]
            """)
        func arguments(_ work: String) -> [String] {
            ["run", folder.path("r.yaml"), "--work", folder.path(work)]
        }
        let whole = try run("r1-data", arguments("whole"))
        #expect(whole.exitCode == 0, "\(whole.testDescription)")
        let running = try RunningTool("r1-data", arguments("cut"))
        _ = try running.signal(SIGKILL) { ((try? folder.text("cut/ratings.jsonl")) ?? "").count > 10 }
        #expect(try running.finish().exitCode == 128 + SIGKILL)
        let rest = try run("r1-data", arguments("cut"))
        #expect(rest.exitCode == 0 && rest.errors.contains("dedupe: up to date"))
        for name in try folder.names("whole") where name != "stages" {
            #expect(try folder.text("whole/\(name)") == folder.text("cut/\(name)"), "\(name)")
        }
        #expect(try folder.names("whole") == folder.names("cut"))
        let plain = try run(
            "r1-data", arguments("plain") + ["--set", "rate.model=", "--set", "filter.reward=accuracy"])
        #expect(
            plain.exitCode == 0 && plain.lines.last?.hasPrefix("SHA-256 ") == true, "\(plain.testDescription)"
        )
        #expect(try folder.text("plain/out.jsonl") == folder.text("plain/rows.jsonl"))
        #expect(try folder.text("plain/card.html").contains("12 rows in"))
        try folder.write("r.yaml", "sources:\n- {name: d, pth: x}\n")
        expectTrouble(
            try run("r1-data", arguments("bad")), from: "r1-data",
            naming: ["r.yaml:2: unknown setting sources[0].pth; did you mean sources[0].path?"])
    }
}
