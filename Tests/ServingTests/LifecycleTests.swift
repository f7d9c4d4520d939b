// Keys, the queue, deadlines, clients that leave, failures inside, and the end.
import Foundation
import Logging
import Serving
import StrictJSON
import Testing

@Suite(.timeLimit(.minutes(5))) struct LifecycleTests {
    @Test func `every path but health needs the key`() async throws {
        let server = try await TestServer { $0.apiKey = "secret" }
        for path in ["/", "/metrics", "/v1/models", "/v1/chat/completions", "/v1/vision/plan", "/nothing"] {
            let reply = try await server.send("GET", path)
            #expect(
                reply.status == 401 && reply.headers["www-authenticate"]?.hasPrefix("Basic") == true,
                "\(path)")
        }
        #expect(try await server.send("GET", "/health").status == 200)
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer", "secret", "Basic !!", "Bearer Secret"] {
            #expect(try await server.chat(headers: ["Authorization": wrong]).status == 401, "\(wrong)")
        }
        #expect(try await server.chat(headers: ["Authorization": "Bearer secret"]).status == 200)
        let basic = Data("any:secret".utf8).base64EncodedString()
        #expect(try await server.send("GET", "/", headers: ["Authorization": "Basic \(basic)"]).status == 200)
    }

    @Test func `a public address needs a key`() throws {
        var options = ServerOptions()
        options.host = "0.0.0.0"
        let engine = EngineThread(report: { _ in }) { throw CancellationError() }
        let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        #expect(throws: ServerOptionsError.self) { try InferenceServer(options, engine: engine, log: log) }
        options.apiKey = "k"
        #expect(throws: Never.self) { try InferenceServer(options, engine: engine, log: log) }
        options.tlsCertificate = "/nothing.pem"
        #expect(throws: ServerOptionsError.self) { try InferenceServer(options, engine: engine, log: log) }
    }

    @Test func `a full queue is refused with the time to wait`() async throws {
        let server = try await TestServer { $0.maxQueue = 2 }
        server.script.change { $0.isHeld = true }
        async let one = server.chat()
        async let two = server.chat()
        try await server.wait("two requests") { $0.running == 2 }
        let third = try await server.chat()
        #expect(third.status == 429)
        #expect((1...60).contains(Int(third.headers["retry-after"] ?? "") ?? 0))
        #expect(try third.json()["error"]?["type"]?.text == "rate_limit_error")
        server.script.change { $0.isHeld = false }
        #expect(try await one.status == 200)
        #expect(try await two.status == 200)
        #expect(try await server.chat().status == 200)
    }

    @Test(arguments: ["", #""stream":true"#]) func `a client that leaves frees its place`(more: String)
        async throws
    {
        let server = try await TestServer { $0.maxQueue = 1 }
        server.script.change { $0.isHeld = true }
        let (port, bytes) = (
            server.port, TestServer.request("POST", "/v1/chat/completions", body: TestServer.chatBody(more))
        )
        let connection = try Box(Connection(port: port))
        try connection.value.send(bytes)
        try await server.wait("a request") { $0.running == 1 }
        connection.close()
        try await server.wait("its end") { $0.running == 0 && $0.cancelled.count == 1 }
        server.script.change { $0.isHeld = false }
        var status = 429
        for _ in 0..<200 where status == 429 {
            status = try await server.chat().status
            if status == 429 { try await Task.sleep(for: .milliseconds(10)) }
        }
        #expect(status == 200)
    }

    @Test func `a deadline ends a request`() async throws {
        let server = try await TestServer { ($0.deadline, $0.keepAlive) = (0.4, 0.05) }
        server.script.change { $0.isHeld = true }
        let whole = try await server.chat()
        #expect(whole.status == 503 && whole.headers["retry-after"] != nil)
        let stream = try await server.chat(#""stream":true"#)
        #expect(
            stream.text.contains("\n: still working\n")
                && stream.events.last?.contains("deadline_exceeded") == true)
        #expect(server.script.now.cancelled.count == 2)
    }

    @Test func `a client that reads nothing is cut off`() async throws {
        let server = try await TestServer { ($0.maxQueue, $0.deadline, $0.readTimeout) = (1, 0.3, 0.3) }
        // More than the sockets of both sides keep.
        server.script.change {
            $0.answer = { _ in Array(repeating: [UInt8](repeating: 0x61, count: 1 << 20), count: 64) }
        }
        let (port, bytes) = (
            server.port,
            TestServer.request("POST", "/v1/chat/completions", body: TestServer.chatBody(#""stream":true"#))
        )
        let connection = try Box(Connection(port: port))
        try connection.value.send(bytes)
        try await server.wait("a request") { !$0.requests.isEmpty }
        server.script.change { $0.answer = { _ in [[0x61]] } }
        var status = 429
        for _ in 0..<3000 where status == 429 {
            status = try await server.chat().status
            if status == 429 { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(status == 200)
        connection.close()
    }

    @Test func `a client that reads nothing is cut off when its reply waits for the engine`() async throws {
        let server = try await TestServer { ($0.maxQueue, $0.deadline, $0.readTimeout) = (1, 3, 0.3) }
        // One piece, more than the sockets of both sides keep; no other one follows before the deadline.
        server.script.change {
            $0.answer = { _ in Array(repeating: [UInt8](repeating: 0x61, count: 8 << 20), count: 2) }
            $0.pace = 0.5
        }
        let connection = try Box(Connection(port: server.port, receiveBuffer: 1 << 16))
        try connection.value.send(
            TestServer.request("POST", "/v1/chat/completions", body: TestServer.chatBody(#""stream":true"#)))
        try await server.wait("a request") { !$0.requests.isEmpty }
        server.script.change { $0.isHeld = true }
        try await server.wait("the deadline") { !$0.cancelled.isEmpty }
        server.script.change { ($0.answer, $0.pace, $0.isHeld) = ({ _ in [[0x61]] }, 0, false) }
        var status = 429
        for _ in 0..<500 where status == 429 {
            status = try await server.chat().status
            if status == 429 { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(status == 200)
        connection.close()
    }

    @Test func `a failure inside tells the client nothing`() async throws {
        let server = try await TestServer()
        server.script.change { $0.fails = true }
        let whole = try await server.chat()
        #expect(
            try whole.status == 500
                && whole.json()["error"]?["message"]?.text == "the server failed; its log says why")
        server.script.change { $0.fails = true }
        let stream = try await server.chat(#""stream":true"#)
        #expect(stream.events.last?.contains("internal_error") == true)
        #expect(try await server.chat().status == 200)
    }

    @Test func `a slow request ends`() async throws {
        let server = try await TestServer { $0.readTimeout = 0.3 }
        let port = server.port
        let reply = try await onThread {
            let connection = try Connection(port: port)
            try connection.send(
                Array(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"
                        .utf8))
            return try connection.receive()
        }
        #expect(reply.isEmpty || String(decoding: reply, as: UTF8.self).hasPrefix("HTTP/1.1 408"))
        #expect(try await server.chat().status == 200)
    }

    @Test func `the server ends after the replies that run`() async throws {
        let server = try await TestServer()
        server.script.change { $0.isHeld = true }
        async let whole = server.chat()
        async let stream = server.chat(#""stream":true"#)
        try await server.wait("two requests") { $0.running == 2 }
        server.server.drain()
        var health = 200
        for _ in 0..<200 where health == 200 {
            health = try await server.send("GET", "/health").status
            if health == 200 { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(health == 503)
        let late = try await server.chat()
        #expect(late.status == 503 && late.headers["retry-after"] != nil)
        server.script.change { $0.isHeld = false }
        #expect(try await whole.text.contains("Hello, world!"))
        #expect(try await stream.events.last == "[DONE]")
        try await server.ended()
        await #expect(throws: Connection.Failed.self) { try await server.chat() }
    }
}

/// A connection that a test closes by hand; `@unchecked Sendable` holds because one task uses it.
private final class Box: @unchecked Sendable {
    private var connection: Connection?

    init(_ connection: Connection) { self.connection = connection }

    var value: Connection {
        get throws {
            guard let connection else { throw Connection.Failed(what: "closed") }
            return connection
        }
    }

    func close() { connection = nil }
}
