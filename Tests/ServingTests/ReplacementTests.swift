// Newer weights while the server runs.
import Foundation
import StrictJSON
import Testing
import Tokenizer
import VisionLanguageModel

@testable import Serving

@Suite(.timeLimit(.minutes(5))) struct ReplacementTests {
    private func newer(_ version: String) -> ServedModel {
        var model = shippedModel
        (model.version, model.fingerprint) = (version, "r1-\(version)")
        return model
    }

    /// What a reply says of the weights that answered.
    private func version(_ reply: Reply) throws -> [String?] {
        [reply.headers["r1-model-version"], try reply.json()["system_fingerprint"]?.text]
    }

    @Test(arguments: ["", #""stream":true"#]) func `replies that run end on their own weights`(more: String)
        async throws
    {
        let server = try await TestServer()
        server.script.change { $0.isHeld = true }
        async let first = server.chat(more)
        try await server.wait("a request") { $0.running == 1 }
        let second = Script()
        second.change { $0.answer = { _ in [Array("new".utf8)] } }
        server.engine.replace(by: newer("step-2"), engine: ScriptedEngine(second, shippedModel))
        let reply = try await server.chat()
        #expect(try version(reply) == ["step-2", "r1-step-2"])
        #expect(reply.text.contains("new"))
        server.script.change { $0.isHeld = false }
        let old = try await first
        #expect(old.headers["r1-model-version"] == "small-qwen25vl")
        #expect(old.text.contains("Hello") && old.text.contains(shippedModel.fingerprint))
        #expect(!old.text.contains("r1-step-2"))
        let health = try await server.send("GET", "/health").json()
        #expect(health["version"]?.text == "step-2" && health["fingerprint"]?.text == "r1-step-2")
        #expect(
            try await server.send("GET", "/metrics").text.contains(
                #"r1_model_info{model="small",version="step-2",fingerprint="r1-step-2"} 1"#))
    }

    @Test func `a request that was prepared for older weights is refused by the engine`() async throws {
        let server = try await TestServer()
        let prompt = try shippedModel.processor.prompt(
            [ChatMessage(role: .user, content: [.text("Hi")])], visuals: [])
        let old = try #require(server.engine.state.model)
        server.engine.replace(by: newer("step-2"), engine: ScriptedEngine(Script(), shippedModel))
        let request = GenerationRequest(prompt: prompt, number: 0)
        await #expect(throws: ModelReplaced.self) { try await server.engine.submit(request, for: old) }
        let new = try #require(server.engine.state.model)
        #expect(new.version == "step-2")
        _ = try await server.engine.submit(request, for: new)
    }

    @Test func `a wait ends in time, or at once when it is cancelled`() async throws {
        try await Serving.wait(seconds: 0.01)
        let long = Task { try await Serving.wait(seconds: 3600) }
        long.cancel()
        await #expect(throws: CancellationError.self) { try await long.value }
        let begun = Task { try await Serving.wait(seconds: 3600) }
        try await Task.sleep(for: .milliseconds(5))
        begun.cancel()
        await #expect(throws: CancellationError.self) { try await begun.value }
    }

    @Test func `a client that leaves cancels its request on older weights`() async throws {
        let server = try await TestServer()
        server.script.change { $0.isHeld = true }
        let (port, bytes) = (
            server.port, TestServer.request("POST", "/v1/chat/completions", body: TestServer.chatBody())
        )
        var connection: Connection? = try Connection(port: port)
        try connection?.send(bytes)
        try await server.wait("a request") { $0.running == 1 }
        let second = Script()
        second.change { $0.isHeld = true }
        server.engine.replace(by: newer("step-2"), engine: ScriptedEngine(second, shippedModel))
        async let other = server.chat()
        for _ in 0..<2000 where second.now.running == 0 { try await Task.sleep(for: .milliseconds(5)) }
        connection = nil
        try await server.wait("its end") { $0.running == 0 && $0.cancelled.count == 1 }
        // Both have the first number of their engine.
        #expect(second.now.running == 1 && second.now.cancelled.isEmpty)
        second.change { $0.isHeld = false }
        #expect(try await other.status == 200)
    }
}
