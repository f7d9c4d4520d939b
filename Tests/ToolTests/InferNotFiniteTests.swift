// Models whose logits are no numbers: every command says so, and writes no answer.
import Checkpoint
import Foundation
import TestKit
import Testing

@Suite("r1-infer and logits that are not finite")
struct InferNotFiniteTests {
    private let folder = TemporaryFolder()

    /// The tiny model with NaN in a whole tensor.
    private func model(_ tensor: String) throws -> String {
        let source = try openCheckpoint(tinyModel)
        let writer = try CheckpointWriter(
            folder.path("broken.h5"), expectedByteCount: source.tensorByteCount)
        for info in source.tensors {
            var values = try source.withBytes(of: info.name) { Array($0) }
            // 0xFFFF is a NaN in bfloat16.
            if info.name == tensor { values = Array(repeating: 0xFF, count: values.count) }
            try values.withUnsafeBytes { try writer.add(info, bytes: $0) }
        }
        for name in source.sideFileNames { try writer.addSideFile(name, source.sideFile(name) ?? []) }
        try writer.commit()
        return folder.path("broken.h5")
    }

    @Test("chat, generate and score end with one line that names the row and the token, and hints")
    func commands() throws {
        let model = try model("model.norm.weight")
        let rows = try InferCase.tiny.prefix(2).map { try $0.row() }.joined()
        let input = try folder.write("rows.jsonl", rows)
        let answered = try folder.write("answered.jsonl", InferCase.tiny[0].row(answer: [1, 2]))
        for (arguments, location) in [
            (["chat", model, "--prompt", "Hi"], ""), (["chat", model, "--prompt", "Hi", "--greedy"], ""),
            (["generate", model, "--input", input], "rows.jsonl:1: "),
            (["score", model, "--input", answered], "answered.jsonl:1: "),
        ] {
            let result = try run("r1-infer", arguments)
            #expect(result.exitCode == 1 && result.output.isEmpty, "\(arguments): \(result.output)")
            #expect(
                result.errors.contains(
                    "\(location)the model's logits for token 1 of the answer are not finite")
                    && result.errors.contains("r1-convert verify"), "\(arguments): \(result.errors)")
        }
        // The chat goes on from a pipe no more than after any other error.
        let chat = try run("r1-infer", ["chat", model], input: "Hi\nnever read\n")
        #expect(
            chat.exitCode == 1 && chat.output.isEmpty && chat.errors.contains("token 1"), "\(chat.errors)")
    }

    @Test("Of several rows the one is named whose picture breaks the numbers, and which token of an answer")
    func oneRow() throws {
        // Only a picture goes through this norm, so the first row, which is text, is sound.
        let model = try model("visual.merger.ln_q.weight")
        let cases = [InferCase.tiny[0], InferCase.tiny[2]]
        let rows = try cases.map { try $0.row(answer: $0.answer()) }
        let input = try folder.write("rows.jsonl", rows.joined())
        for command in ["generate", "score"] {
            let result = try run("r1-infer", [command, model, "--input", input])
            #expect(
                result.exitCode == 1
                    && result.errors.contains("rows.jsonl:2: the model's logits for token 1"),
                "\(result.errors)")
        }
    }
}
