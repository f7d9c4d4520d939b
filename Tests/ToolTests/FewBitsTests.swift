// --quantize of r1-convert and r1-infer, as a user runs them.
import Foundation
import TestKit
import Testing

@Suite("Weights in few bits, in the tools")
struct FewBitsToolTests {
    private let folder = TemporaryFolder()

    private func scores(_ arguments: [String]) throws -> (values: [Float], errors: String) {
        let input = try folder.write(
            "rows.jsonl",
            #"{"messages": [{"role": "user", "content": "How many?"}, {"role": "assistant", "content": "Two red ones."}]}"#
                + "\n")
        let result = try run("r1-infer", ["score"] + arguments + ["--input", input])
        try #require(result.exitCode == 0, "\(result.testDescription)")
        let line = try #require(try InferLine.read(result.output).first)
        return (line.logProbabilities, result.errors)
    }

    @Test(
        "a model rounded while loading and a stored one give the same scores, close to the original's",
        arguments: [("int8", Float(0.8)), ("int4", 3)])
    func sameScores(_ codes: String, _ limit: Float) throws {
        let stored = folder.path("stored.h5")
        let converted = try run("r1-convert", [tinyModel, stored, "--quantize", codes])
        #expect(
            converted.exitCode == 0 && converted.errors.contains("in few bits"),
            "\(converted.testDescription)")
        for more in [[], ["--dtype", "bfloat16"]] {
            let (original, _) = try scores([tinyModel] + more)
            let (loaded, note) = try scores([tinyModel, "--quantize", codes] + more)
            #expect(note.contains("matrices in few bits:") && note.contains("in \(codes)"))
            #expect(try scores([stored] + more).values == loaded)
            let worst = zip(original, loaded).map { abs($0 - $1) }.max() ?? 9
            #expect(worst > 0 && worst < limit, "\(codes) \(more): \(worst)")
        }
        expectTrouble(
            try run(
                "r1-infer", ["score", stored, "--quantize", "int8", "--input", folder.path("rows.jsonl")]),
            from: "r1-infer",
            naming: ["--quantize", "already"])
    }

    @Test("verify, inspect, r1-diff and exports read a stored one; a second rounding is refused")
    func otherTools() throws {
        let (stored, wide) = (folder.path("stored.h5"), folder.path("wide"))
        #expect(try run("r1-convert", [tinyModel, stored, "--quantize", "int4"]).exitCode == 0)
        let verified = try run("r1-convert", ["verify", stored])
        #expect(verified.exitCode == 0 && verified.output.contains("sound"), "\(verified.testDescription)")
        let text = try run("r1-convert", ["inspect", "--brief", stored]).output
        #expect(text.contains("matrices in few bits"), "\(text)")
        #expect(try run("r1-infer", ["inspect", stored]).output.contains("with --quantize int8"))
        #expect(try run("r1-diff", [tinyModel, stored]).exitCode == 1)
        let exported = try run("r1-convert", [stored, wide])
        #expect(exported.exitCode == 0 && exported.errors.contains("widen"), "\(exported.testDescription)")
        #expect(try run("r1-diff", [stored, wide]).exitCode == 0)
        let again = try run("r1-convert", [stored, folder.path("again.h5"), "--quantize", "int8"])
        #expect(
            again.exitCode == 1 && again.errors.contains("in few bits already"), "\(again.testDescription)")
        #expect(!folder.has("again.h5"))
        for wrong in [["--dtype", "bf16"], ["--style", "hf"]] {
            #expect(
                try run("r1-convert", [tinyModel, folder.path("x.h5"), "--quantize", "int8"] + wrong).exitCode
                    == 64)
        }
        #expect(try run("r1-convert", [tinyModel, folder.path("x.h5"), "--quantize", "int2"]).exitCode == 64)
    }
}
