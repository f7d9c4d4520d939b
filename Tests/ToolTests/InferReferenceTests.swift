// Every conversation of the reference through the tools: its model converted, its prompts, answers and
// log-probabilities.
import Basics
import Checkpoint
import Foundation
import TestKit
import Testing

/// A model that r1-convert makes of a public directory, and the conversations that it answers.
struct InferModel: CustomTestStringConvertible, Sendable {
    /// A directory among the fixtures.
    let source: String
    /// The layout to write and the directory whose configuration says so; nil for the source's own.
    var layout: (style: String, directory: String)?
    let cases: [InferCase]

    var testDescription: String { layout.map { "\(source) as \($0.directory)" } ?? source }

    init(_ source: String, _ cases: [String], layout: (style: String, directory: String)? = nil) {
        (self.source, self.layout) = (source, layout)
        // The goldens of a model are named after its directory in Hugging Face's layout.
        let name = source.hasSuffix("-orig") ? source.dropLast(4) + "hf" : source[...]
        self.cases = cases.map { InferCase(checkpoint: String(name), name: $0) }
    }

    static let all = [
        InferModel(
            "qwen25vl-tiny", InferCase.tiny.map(\.name) + ["video_v1", "video_v2", "image_and_videos"]),
        InferModel("qwen25vl-tiny-untied-newnames", ["two_images_ids", "video_v2"]),
        InferModel("qwen25vl-tiny-realvocab", ["text_only", "two_images_ids"]),
        InferModel("internvl-tiny-hf", ["text_only", "one_image_hf"]),
        InferModel(
            "internvl-tiny-hf", ["one_image_orig", "two_images_orig"],
            layout: ("original", "internvl-tiny-orig")),
        InferModel("internvl-internlm2-tiny-orig", ["one_image_orig"]),
        InferModel(
            "internvl-internlm2-tiny-orig", ["text_only"], layout: ("hf", "internvl-internlm2-tiny-hf")),
        InferModel("internvl35-tiny-hf", ["text_only"]),
        InferModel(
            "internvl35-tiny-hf", ["one_image_orig"], layout: ("original", "internvl35-tiny-orig")),
    ]

    /// Converts the model into the folder and returns the path of the result.
    func convert(in folder: TemporaryFolder) throws -> String {
        var form: [String] = []
        if let layout {
            // The directory's own files, and the tokenizer, which is the same in both layouts.
            try Self.copyFiles(of: source, to: folder.url("side"))
            try Self.copyFiles(of: layout.directory, to: folder.url("side"))
            form = ["--style", layout.style, "--side-files", folder.path("side")]
        }
        let result = try run("r1-convert", form + [directory(in: folder), folder.path("model.h5")])
        try #require(result.exitCode == 0, "\(result.errors)")
        return folder.path("model.h5")
    }

    /// The public directory, whole.
    private func directory(in folder: TemporaryFolder) throws -> String {
        switch source {
        case "qwen25vl-tiny-realvocab":
            try TrueVocabularyModel.write(to: folder.path("true.h5"))
            let result = try run("r1-convert", [folder.path("true.h5"), folder.path("true")])
            try #require(result.exitCode == 0, "\(result.errors)")
            return folder.path("true")
        case "qwen25vl-tiny-untied-newnames":
            // It is there without its tokenizer, which is the tiny model's.
            let path = try folder.copy(fixture: "checkpoints/\(source)", to: "whole")
            for file in ["tokenizer.json", "tokenizer_config.json", "added_tokens.json"] {
                try Data(Fixtures.bytes("checkpoints/qwen25vl-tiny/\(file)")).write(
                    to: folder.url("whole/\(file)"))
            }
            return path
        default: return Fixtures.url("checkpoints/\(source)").path
        }
    }

    /// Copies a fixture's files but the weights, over those that are there.
    private static func copyFiles(of fixture: String, to target: URL) throws {
        let source = Fixtures.url("checkpoints/\(fixture)")
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: source.path)
        where !name.contains("safetensors") {
            try Data(contentsOf: source.appendingPathComponent(name)).write(
                to: target.appendingPathComponent(name))
        }
    }
}

@Suite("The reference's conversations through r1-convert and r1-infer")
struct InferReferenceTests {
    /// The limits of frames that the reference used.
    private static let frames = ["--video-min-pixels", "3136", "--video-max-pixels", "6272"]

    @Test(
        "generate gives the reference's prompts, answers and log-probabilities, score those of the same answers",
        arguments: InferModel.all)
    func answers(_ model: InferModel) throws {
        let folder = TemporaryFolder()
        let path = try model.convert(in: folder)
        let limits = model.cases.contains { $0.name.contains("video") } ? Self.frames : []
        let isPenalised = try model.cases.allSatisfy { try $0.isPenalised() }
        for (key, penalty) in [("greedy", "1"), ("greedy_rp1.05", "1.05")] where penalty == "1" || isPenalised
        {
            let input = try folder.write("rows.jsonl", model.cases.map { try $0.row(in: folder) }.joined())
            let result = try run(
                "r1-infer",
                [
                    "generate", path, "--input", input, "--greedy", "--max-tokens", "32", "--batch-size", "3",
                    "--repetition-penalty", penalty,
                ] + limits)
            try expect(result, model.cases, key)
        }
        let answered = try model.cases.map { try $0.row(answer: $0.answer(), in: folder) }
        let input = try folder.write("answered.jsonl", answered.joined())
        try expect(run("r1-infer", ["score", path, "--input", input] + limits), model.cases, "greedy")
    }

    /// Compares lines with the goldens' arrays under `key`.
    private func expect(_ result: ToolResult, _ cases: [InferCase], _ key: String) throws {
        let lines = try InferLine.read(result.output)
        try #require(lines.map(\.id) == cases.map(\.name), "\(result.errors)")
        for (line, golden) in zip(lines, cases) {
            #expect(line.promptTokenIDs == (try golden.numbers("input_ids", as: Int32.self)), "\(line.id)")
            #expect(line.tokenIDs == (try golden.numbers("\(key).ids", as: Int32.self)), "\(line.id)")
            let expected = try golden.numbers("\(key).logprobs", as: Float.self)
            #expect(largestDistance(line.logProbabilities, expected) < 1e-4, "\(line.id) \(key)")
        }
    }
}

/// A model of InternVL, for tests of what families have in common.
enum InferInternVL {
    static let oneImage = InferCase(checkpoint: "internvl-tiny-hf", name: "one_image_hf")
    static let model = Fixtures.url("checkpoints/internvl-tiny-hf").path
}
