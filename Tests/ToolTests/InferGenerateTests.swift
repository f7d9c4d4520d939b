// r1-infer generate: rows, samples, its output file, errors. InferReferenceTests holds its answers against the reference's.
import Basics
import Foundation
import TestKit
import Testing

@Suite("r1-infer generate")
struct InferGenerateTests {
    @Test("A row of messages alone is enough; its id is its place in the file")
    func shortestRow() throws {
        let folder = TemporaryFolder()
        let input = try folder.write("q.jsonl", #"{"messages":[{"role":"user","content":"Hi"}]}"# + "\n")
        let result = try run(
            "r1-infer", ["generate", tinyModel, "--input", input, "--greedy", "--max-tokens", "3"])
        let line = try #require(try InferLine.read(result.output).first)
        #expect(line.id == "q.jsonl:1" && line.tokenIDs.count == 3 && line.finishReason == "length")
        #expect(line.sample == nil && line.text != nil)
    }

    @Test("Several answers for a row are numbered, differ, and repeat with the seed whatever the batch")
    func samples() throws {
        let folder = TemporaryFolder()
        let rows = try InferCase.tiny.prefix(3).map { try $0.row() }.joined()
        let input = try folder.write("rows.jsonl", rows)
        func answers(_ extra: String...) throws -> [InferLine] {
            let result = try run(
                "r1-infer",
                ["generate", tinyModel, "--input", input, "--samples", "2", "--max-tokens", "6"] + extra)
            return try InferLine.read(result.output)
        }
        let first = try answers("--seed", "7")
        #expect(first.map(\.sample) == [0, 1, 0, 1, 0, 1])
        #expect(first[0].tokenIDs != first[1].tokenIDs)
        #expect(try answers("--seed", "7", "--batch-size", "1").map(\.tokenIDs) == first.map(\.tokenIDs))
        #expect(try answers("--seed", "8").map(\.tokenIDs) != first.map(\.tokenIDs))
    }

    @Test("A run that was killed goes on behind its last complete row and ends with the same answers")
    func resume() throws {
        let folder = TemporaryFolder()
        let input = try folder.write("rows.jsonl", InferCase.tiny.prefix(4).map { try $0.row() }.joined())
        let output = folder.path("out.jsonl")
        let arguments = [
            "generate", tinyModel, "--input", input, "--output", output, "--samples", "2", "--max-tokens",
            "4",
        ]
        try #require(try run("r1-infer", arguments).exitCode == 0)
        let whole = try Data(contentsOf: folder.url("out.jsonl"))
        let lines = try InferLine.read(file: output)
        let ends = whole.indices.filter { whole[$0] == 0x0A }
        // At the start, behind a row, inside a line, between the two answers of a row, at the end.
        for (cut, keptLines) in [
            (0, 0), (ends[1] + 1, 2), (ends[3] + 20, 4), (ends[4] + 1, 4), (whole.count, 8),
        ] {
            try whole.prefix(cut).write(to: folder.url("out.jsonl"))
            let result = try run("r1-infer", arguments + ["--resume"])
            try #require(result.exitCode == 0, "\(result.errors)")
            let kept = keptLines == 0 ? 0 : ends[keptLines - 1] + 1
            #expect(try Data(contentsOf: folder.url("out.jsonl")).prefix(kept) == whole.prefix(kept))
            let resumed = try InferLine.read(file: output)
            try #require(resumed.map(\.tokenIDs) == lines.map(\.tokenIDs), "cut at \(cut)")
            for (one, other) in zip(resumed, lines) {
                #expect(one.id == other.id && one.sample == other.sample && one.text == other.text)
                // Another batch rounds sums in another order.
                #expect(largestDistance(one.logProbabilities, other.logProbabilities) < 1e-5)
            }
        }
    }

    @Test("An existing output is neither replaced nor continued unless asked to")
    func existingOutput() throws {
        let folder = TemporaryFolder()
        let input = try folder.write("rows.jsonl", try InferCase.tiny[0].row())
        let output = try folder.write("out.jsonl", "mine\n")
        let arguments = [
            "generate", tinyModel, "--input", input, "--output", output, "--greedy", "--max-tokens", "2",
        ]
        let refused = try run("r1-infer", arguments)
        #expect(refused.exitCode == 1 && refused.errors.contains("already exists"))
        let foreign = try run("r1-infer", arguments + ["--resume"])
        #expect(foreign.exitCode == 1 && foreign.errors.contains("out.jsonl:1: expected a JSON object"))
        #expect(try String(contentsOf: folder.url("out.jsonl"), encoding: .utf8) == "mine\n")
        try #require(try run("r1-infer", arguments + ["--overwrite"]).exitCode == 0)
        #expect(try InferLine.read(file: output).count == 1)
    }

    @Test("What is wrong with rows, images, settings and models is one line on stderr and exit code 1")
    func errors() throws {
        let folder = TemporaryFolder()
        func problem(_ row: String, _ extra: [String] = [], model: String = tinyModel) throws -> String {
            let input = try folder.write("rows.jsonl", row + "\n")
            let result = try run("r1-infer", ["generate", model, "--input", input] + extra)
            #expect(result.exitCode == 1 && result.output.isEmpty)
            let lines = result.errors.split(separator: "\n").filter { !$0.contains("warning") }
            #expect(
                lines.count == 1 && lines.first?.hasPrefix("r1-infer: error: ") == true, "\(result.errors)")
            return result.errors
        }
        let hello = #"{"messages":[{"role":"user","content":"Hi"}]}"#
        #expect(try problem("{").contains("rows.jsonl:1"))
        #expect(try problem(#"{"messages":[]}"#).contains("messages"))
        let missing = #"{"messages":[{"role":"user","content":"<image>?"}],"images":["no.png"]}"#
        #expect(try problem(missing).contains("no.png: no such file"))
        _ = try folder.write("bad.png", "no image")
        let bad = #"{"messages":[{"role":"user","content":"<image>?"}],"images":["bad.png"]}"#
        #expect(try problem(bad).contains("bad.png"))
        let video = #"{"messages":[{"role":"user","content":"<video>?"}],"videos":["bad.png"]}"#
        #expect(try problem(video).contains("video"))
        #expect(try problem(hello, model: folder.path("none.h5")).contains("none.h5"))
        #expect(try problem(hello, ["--max-pixels", "100"]).contains("fewest pixels of one image"))
        #expect(try problem(hello, ["--video-max-pixels", "100"]).contains("fewest pixels of one frame"))
    }

    @Test("A wrong command line is exit code 64 and names the option")
    func usage() throws {
        let start = ["generate", tinyModel, "--input", "x.jsonl"]
        for (extra, name) in [
            (["--temperature", "-1"], "temperature"), (["--top-p", "0"], "top-p"),
            (["--top-k", "-1"], "top-k"),
            (["--max-tokens", "0"], "max-tokens"), (["--repetition-penalty", "0"], "repetition-penalty"),
            (["--samples", "0"], "--samples"), (["--batch-size", "0"], "--batch-size"),
            (["--resume"], "--output"),
            (["--greedy", "--temperature", "1"], "--greedy"), (["--threads", "0"], "--threads"),
            (["--min-pixels", "-1"], "--min-pixels"), (["--video-max-pixels", "0"], "--video-max-pixels"),
            (["--nonsense"], "--nonsense"),
        ] {
            let result = try run("r1-infer", start + extra)
            #expect(result.exitCode == 64 && result.errors.contains(name), "\(extra): \(result.errors)")
        }
    }
}
