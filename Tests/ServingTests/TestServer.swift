// A server on a port of this machine, over a scripted engine and the shipped model's tokenizer.
import Foundation
import Logging
import Serving
import Synchronization
import TestKit
import VisionLanguageModel

/// The shipped model, read once.
let shippedModel: ServedModel = {
    do {
        let path = Fixtures.repository.appendingPathComponent("Checkpoints/small-qwen25vl.h5").path
        return try ServedModel(LoadedModel(path: path), id: "small")
    } catch { fatalError("\(error)") }
}()

/// A running server; ends with the test.
final class TestServer: Sendable {
    let script = Script()
    let server: InferenceServer
    let engine: EngineThread
    let port: Int
    private let running: Task<Void, any Error>

    init(_ change: (inout ServerOptions) -> Void = { _ in }) async throws {
        var options = ServerOptions()
        options.port = 0
        change(&options)
        let script = script
        let engine = EngineThread(report: { _ in }) {
            (shippedModel, ScriptedEngine(script, shippedModel))
        }
        _ = await engine.loaded()
        let server = try InferenceServer(
            options, engine: engine, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let (ports, found) = AsyncStream<Int>.makeStream()
        running = Task {
            defer { found.finish() }
            try await server.run { found.yield($0) }
        }
        (self.server, self.engine) = (server, engine)
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await running.value
            throw NotListening()
        }
        self.port = port
    }

    deinit { server.drain() }

    struct NotListening: Error {}

    /// Returns when the server has ended.
    func ended() async throws { try await running.value }

    /// Waits until something holds, for at most 10 seconds.
    func wait(_ what: String, _ holds: (Script.Content) -> Bool) async throws {
        for _ in 0..<2000 {
            if holds(script.now) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TookTooLong(what: what)
    }

    struct TookTooLong: Error { let what: String }
}
