// InternVL through the tools: converted, then asked what the reference was asked.
import Foundation
import TestKit
import Testing

/// The goldens of InternVL, whose files say a question, pictures and the text that they were laid out to.
enum InferInternVL {
    static let oneImage = InferCase(checkpoint: "internvl-tiny-hf", name: "one_image_hf")
    static let model = Fixtures.url("checkpoints/internvl-tiny-hf").path

    /// Cases that are laid out by the checkpoint's own template, by the checkpoint among the fixtures.
    static let byCheckpoint = [
        "internvl-tiny-hf": [InferCase(checkpoint: "internvl-tiny-hf", name: "text_only"), oneImage],
        "internvl-internlm2-tiny-orig": [
            InferCase(checkpoint: "internvl-internlm2-tiny-hf", name: "one_image_orig")
        ],
        "internvl35-tiny-hf": [InferCase(checkpoint: "internvl35-tiny-hf", name: "text_only")],
    ]
}

extension InferCase {
    /// What the reference of InternVL was asked.
    private struct InternVLGolden: Decodable {
        struct Answer: Decodable { let ids: [Int32] }
        let question, text: String
        let images: [String]
        let greedy: Answer
    }

    private func internVL() throws -> InternVLGolden {
        try JSONDecoder().decode(
            InternVLGolden.self, from: Data(Fixtures.bytes("goldens/\(checkpoint).\(name).json")))
    }

    /// The reference's greedy answer.
    func internVLAnswer() throws -> [Int32] { try internVL().greedy.ids }

    /// The conversation as a row.
    func internVLRow() throws -> String {
        let golden = try internVL()
        let system = "You are a careful assistant."
        var messages = golden.text.contains(system) ? [["role": "system", "content": system]] : []
        let pictures = String(repeating: "<image>", count: golden.images.count)
        messages.append(["role": "user", "content": pictures + golden.question])
        let row: [String: Any] = [
            "id": name, "messages": messages, "images": try golden.images.map(Self.imagePath),
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self) + "\n"
    }
}

@Suite("InternVL through r1-convert and r1-infer")
struct InferInternVLTests {
    @Test(
        "A converted model's prompts, greedy answers and log-probabilities are the reference's",
        arguments: InferInternVL.byCheckpoint.keys.sorted())
    func greedy(_ checkpoint: String) throws {
        let folder = TemporaryFolder()
        let cases = try #require(InferInternVL.byCheckpoint[checkpoint])
        let model = folder.path("model.h5")
        let conversion = try run("r1-convert", [Fixtures.url("checkpoints/\(checkpoint)").path, model])
        try #require(conversion.exitCode == 0, "\(conversion.errors)")
        let input = try folder.write("rows.jsonl", cases.map { try $0.row() }.joined())
        let result = try run(
            "r1-infer", ["generate", model, "--input", input, "--greedy", "--max-tokens", "32"])
        let lines = try InferLine.read(result.output)
        try #require(lines.map(\.id) == cases.map(\.name), "\(result.errors)")
        for (line, golden) in zip(lines, cases) {
            #expect(line.promptTokenIDs == (try golden.numbers("input_ids", as: Int32.self)), "\(line.id)")
            #expect(line.tokenIDs == (try golden.internVLAnswer()), "\(line.id)")
            let expected = try golden.numbers("greedy.logprobs", as: Float.self)
            #expect(largestDistance(line.logProbabilities, expected) < 1e-4, "\(line.id)")
        }
    }
}
