// r1-infer tokenize and inspect.
import Foundation
import TestKit
import Testing

@Suite("r1-infer tokenize and inspect")
struct InferInspectTests {
    private struct Tokens: Decodable { let ids: [Int32], pieces: [String] }

    private func tokens(_ arguments: [String], input: String = "") throws -> Tokens {
        let result = try run("r1-infer", ["tokenize", tinyModel, "--json"] + arguments, input: input)
        return try JSONDecoder().decode(Tokens.self, from: Data(result.output.utf8))
    }

    @Test("Ids and pieces of a text, from the argument or stdin, and back")
    func tokenize() throws {
        let text = "How many 数 cats?\n"
        let found = try tokens([text])
        #expect(try tokens([], input: text).ids == found.ids)
        let list = found.ids.map(String.init).joined(separator: ", ")
        #expect(try run("r1-infer", ["tokenize", tinyModel, "--decode", list]).output == text + "\n")
        let lines = try run("r1-infer", ["tokenize", tinyModel, "How many"]).lines
        #expect(lines.first?.hasSuffix("\t\"How\"") == true || lines.count > 1)
        // A character of several tokens shows its bytes.
        #expect(found.pieces.contains { $0.hasPrefix("\\x") })
    }

    @Test("Markers are text unless --special says otherwise")
    func special() throws {
        #expect(try tokens(["<|im_end|>"]).ids.count > 1)
        #expect(try tokens(["--special", "<|im_end|>"]).ids == [758])
    }

    @Test(
        "Ids outside the vocabulary and bytes that are no text are errors",
        arguments: ["1 x", "-5", "99999999"])
    func badIDs(_ list: String) throws {
        let result = try run("r1-infer", ["tokenize", tinyModel, "--decode=\(list)"])
        #expect(result.exitCode == 1 && result.errors.contains("expected ids from 0 to"))
    }

    @Test("A report names family, parts, memory and the chat template, for people and as JSON")
    func inspect() throws {
        struct Report: Decodable {
            struct Parameters: Decodable { let vision, connector, language, head: Int }
            struct Template: Decodable { let file: String, isKnown: Bool }
            struct Stored: Decodable { let tensors, bytes: Int }
            struct Memory: Decodable {
                let running, runningBfloat16, training, trainingBfloat16, cachePerToken: Int
            }
            let family, format: String
            let headIsEmbedding: Bool
            let parameters: Parameters
            let stored: [String: Stored]
            let memory: Memory
            let chatTemplates: [Template]
        }
        let text = try run("r1-infer", ["inspect", tinyModel])
        #expect(text.exitCode == 0 && text.output.contains("qwen2_5_vl, hf names, safetensors"))
        #expect(text.output.contains("is the one compiled in as qwen25VL"))
        let json = try run("r1-infer", ["inspect", "--json", tinyModel])
        let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
        let parts = report.parameters
        let total = parts.vision + parts.connector + parts.language + parts.head
        #expect(report.headIsEmbedding && parts.head == 0 && parts.vision > 0 && parts.connector > 0)
        #expect(report.stored["bfloat16"]?.bytes == 2 * total && report.stored.count == 1)
        #expect(report.memory.running == 4 * total && report.memory.training == 16 * total)
        #expect(report.memory.runningBfloat16 == 2 * total && report.memory.trainingBfloat16 == 18 * total)
        // 3 layers, 2 heads of 16, keys and values in float32.
        #expect(report.memory.cachePerToken == 3 * 2 * 16 * 2 * 4)
        #expect(report.chatTemplates.allSatisfy(\.isKnown) && report.chatTemplates.count == 2)
    }

    @Test("A template that differs from the one compiled in is named, when inspecting and when running")
    func otherTemplate() throws {
        let folder = TemporaryFolder()
        let model = folder.url("model")
        try FileManager.default.copyItem(at: URL(fileURLWithPath: tinyModel), to: model)
        try Data("{{ messages }}".utf8).write(to: model.appendingPathComponent("chat_template.jinja"))
        let report = try run("r1-infer", ["inspect", model.path])
        #expect(report.output.contains("chat_template.jinja is none of those compiled in"))
        let chat = try run("r1-infer", ["chat", model.path, "--prompt", "Hi", "--max-tokens", "1"])
        #expect(chat.exitCode == 0)
        #expect(chat.errors.contains("jinja is none of those") && chat.errors.contains("by qwen25VL"))
    }

    @Test("A plan states the memory of sequences and pictures before anything is loaded")
    func plan() throws {
        struct Report: Decodable {
            struct Plan: Decodable {
                let dtype: String
                let sequences, tokens, pictures, pictureTokens: Int
                let weights, cache, features, total, available: Int
            }
            let memory: [String: Int]
            let plan: Plan?
        }
        let picture = Fixtures.url("images/photo_a.png").path
        let more = ["--plan", "--sequences", "3", "--tokens", "33", "--image", picture, "--image", picture]
        let json = try run("r1-infer", ["inspect", "--json", tinyModel] + more)
        let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
        let plan = try #require(report.plan)
        #expect(plan.dtype == "float32" && plan.sequences == 3 && plan.tokens == 33 && plan.pictures == 2)
        #expect(plan.weights == report.memory["running"])
        // Two pages of 32 tokens each.
        #expect(plan.cache >= 3 * 64 * (report.memory["cachePerToken"] ?? 0))
        #expect(plan.pictureTokens > 0 && plan.features % (4 * plan.pictureTokens) == 0 && plan.features > 0)
        #expect(plan.total == plan.weights + plan.cache + plan.features && plan.available > 0)
        let text = try run("r1-infer", ["inspect", tinyModel] + more + ["--dtype", "bfloat16"])
        #expect(text.output.contains("plan            3 sequences of 33 tokens in bfloat16, 2 pictures of"))
        #expect(!(try run("r1-infer", ["inspect", tinyModel])).output.contains("plan"))
        let alone = try run("r1-infer", ["inspect", tinyModel, "--tokens", "3"])
        #expect(alone.exitCode == 64 && alone.errors.contains("belong to --plan"))
    }
}
