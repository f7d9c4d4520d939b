// The commands of r1-data without a model, as a user runs them.
import Foundation
import TestKit
import Testing

@Suite("r1-data on rows")
struct DataToolsTests {
    private let examples = Fixtures.repository.appendingPathComponent("Examples/handwritten")

    /// Handwritten rows in a folder beside the pictures.
    private func handwritten(_ count: Int) throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        let lines = try String(contentsOf: examples.appendingPathComponent("train.jsonl"), encoding: .utf8)
            .split(separator: "\n").prefix(count)
        try folder.write("rows.jsonl", lines.joined(separator: "\n") + "\n")
        try FileManager.default.createSymbolicLink(
            at: folder.url("images"), withDestinationURL: examples.appendingPathComponent("images"))
        return folder
    }

    @Test("check finds nothing in the handwritten rows, and ends with 1 when there is an error")
    func check() throws {
        let good = try run(
            "r1-data", ["check", examples.appendingPathComponent("test.jsonl").path, "--decode"])
        #expect(good.exitCode == 0 && good.lines.last == "0 errors, 0 warnings", "\(good.testDescription)")
        #expect(good.output.contains("tasks        chart 80, grounding 80") && good.errors.isEmpty)

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
}
