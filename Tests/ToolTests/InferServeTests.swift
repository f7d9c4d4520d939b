// r1-infer serve with the shipped model, as a user runs it.
import Foundation
import FoundationNetworking
import StrictJSON
import TestKit
import Testing

@Suite(.timeLimit(.minutes(5))) struct InferServeTests {
    private static let model = Fixtures.repository.appendingPathComponent("Checkpoints/small-qwen25vl.h5")
        .path

    /// The refusals before anything is loaded: what the line on stderr says.
    @Test(
        arguments: [
            (
                ["--port", "70000"], [:],
                "--port: setting port: expected a whole number from 0 to 65535, found 70000"
            ),
            (["--host", "0.0.0.0"], [:], "host 0.0.0.0 can be reached from other machines"),
            (["--api-key", "a", "--api-key-file", "b"], [:], "either api-key or api-key-file"),
            (["--api-key-file", "/nothing"], [:], "api-key-file: /nothing"),
            (["--tls-cert", "/nothing"], [:], "TLS needs both"),
            (
                [], ["R1_SERVE_MAX_QUEUE": "0"],
                "the environment variable R1_SERVE_MAX_QUEUE: setting max-queue"
            ),
            ([], ["R1_SERVE_COLOR": "red"], "R1_SERVE_COLOR: unknown setting color"),
            (["--speculation", "maybe"], [:], "--speculation: setting speculation: expected true or false"),
            (
                [], ["R1_SERVE_CACHE_BYTES": "12"],
                "R1_SERVE_CACHE_BYTES: setting cache-bytes: expected auto or a whole number from 65536"
            ),
            (["--follow", "/nothing"], [:], "/nothing"),
            (["--config", "/nothing.yaml"], [:], "/nothing.yaml"),
        ] as [([String], [String: String], String)])
    func `wrong settings`(options: [String], environment: [String: String], message: String) throws {
        let tool = try RunningTool(
            "r1-infer", ["serve", Self.model, "--no-verify"] + options, environment: environment)
        let result = try tool.finish()
        #expect(result.exitCode == 1)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test func `a model that is not there ends the server`() throws {
        let result = try RunningTool("r1-infer", ["serve", "/nothing.h5", "--port", "0"]).finish()
        #expect(result.exitCode == 1 && result.errors.contains("error: /nothing.h5"), "\(result.errors)")
    }

    @Test func `a cache that no machine has room for ends the server`() throws {
        let options = ["--no-verify", "--port", "0", "--cache-bytes", "\(1 << 46)"]
        let result = try RunningTool("r1-infer", ["serve", Self.model] + options).finish()
        #expect(result.exitCode == 1, "\(result.errors)")
        #expect(
            result.errors.contains("the keys and values of cache-bytes need 64.0 TiB, but only"),
            "\(result.errors)")
    }

    @Test func `a reply that runs when the server is told to end arrives`() async throws {
        let tool = try RunningTool(
            "r1-infer", ["serve", Self.model, "--no-verify", "--port", "0", "--model-name", "m"])
        try tool.wait { tool.output.hasSuffix("\n") || !tool.isRunning }
        let address = tool.output.split(separator: " ").last.map { $0.dropLast() } ?? ""
        var request = URLRequest(url: try #require(URL(string: "\(address)/v1/chat/completions")))
        request.httpMethod = "POST"
        request.timeoutInterval = 60
        request.httpBody = Data(
            #"{"model":"m","messages":[{"role":"user","content":"Count."}],"max_tokens":400,"seed":1}"#.utf8)
        var status = 503
        var reply = Data()
        // The server listens while it loads.
        for _ in 0..<600 where status == 503 {
            let isLoaded = try await health("\(address)/health") == 200
            if !isLoaded {
                try await Task.sleep(for: .milliseconds(50))
                continue
            }
            let masks = try tool.blockedSignals()
            #expect(masks.values.allSatisfy { $0 >> UInt64(SIGTERM - 1) & 1 == 1 })
            async let answer = URLSession.shared.data(for: request)
            try await waitUntilStarted(address)
            tool.signal(SIGTERM)
            let (data, response) = try await answer
            (reply, status) = (data, (response as? HTTPURLResponse)?.statusCode ?? 0)
        }
        #expect(status == 200)
        let json = try OrderedJSON(parsing: [UInt8](reply))
        #expect((json["usage"]?["completion_tokens"]?.integer ?? 0) > 0)
        let result = try tool.finish(limit: 60)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(!result.errors.contains("Count."))
    }

    /// Waits until the engine has taken a prompt.
    private func waitUntilStarted(_ address: some StringProtocol) async throws {
        let url = try #require(URL(string: "\(address)/metrics"))
        for _ in 0..<600 {
            let (data, _) = try await URLSession.shared.data(for: URLRequest(url: url))
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
            let count = lines.first { $0.hasPrefix("vllm:prompt_tokens_total ") }
            if let count, !count.hasSuffix(" 0") { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the request did not reach the engine")
    }

    private func health(_ address: String) async throws -> Int {
        let url = try #require(URL(string: address))
        let (_, response) = try await URLSession.shared.data(for: URLRequest(url: url))
        return (response as? HTTPURLResponse)?.statusCode ?? 0
    }
}
