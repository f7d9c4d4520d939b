// One request in the engine. Releasing it cancels the request, and so does its deadline.
internal import Synchronization
internal import VisionLanguageModel

/// A request in the engine.
final class RunningReply: Sendable {
    private let engine: EngineThread
    private let stream: RequestStream
    /// The place of the request in the server.
    private let place: Admission.Place
    private let isExpired = Mutex(false)
    private let timers = Mutex<[Task<Void, Never>]>([])

    init(_ engine: EngineThread, _ stream: RequestStream, _ place: Admission.Place) {
        (self.engine, self.stream, self.place) = (engine, stream, place)
    }

    deinit {
        // Cancelling a request that has ended does nothing.
        engine.cancel(stream.request)
        for timer in timers.withLock({ $0 }) { timer.cancel() }
    }

    /// Starts the clocks: the deadline, and pauses after each `keepAlive` seconds.
    func start(deadline: Double, keepAlive: Double) {
        let pause = stream.pause
        let limit = Task { [weak self] in
            // A sleep that is cancelled means that the request ended.
            guard (try? await wait(seconds: deadline)) != nil, let self else { return }
            self.isExpired.withLock { $0 = true }
            self.engine.cancel(self.stream.request)
        }
        let beat = Task {
            // A cancelled sleep ends the loop.
            while (try? await wait(seconds: keepAlive)) != nil { pause() }
        }
        timers.withLock { $0 = [limit, beat] }
    }

    /// Passes all items on.
    ///
    /// - Throws: ``APIError`` when the request failed or took too long, `CancellationError` when the client is gone or
    ///   the server ends, `EngineFailure`, and what `body` throws.
    func forEach(_ body: (StreamItem) async throws -> Void) async throws {
        do {
            for try await item in stream.items {
                if case .event(.failed(_, let error)) = item { throw RunningReply.failure(error) }
                try await body(item)
            }
        } catch is CancellationError where isExpired.withLock({ $0 }) {
            throw APIError.unavailable(
                "the request took longer than the server allows", code: "deadline_exceeded", retryAfter: 10)
        }
        try Task.checkCancellation()
    }

    /// What the client learns of a request that the model cannot answer.
    static func failure(_ error: ModelError) -> any Error {
        if case .badPrompt(let text) = error { return APIError.bad(nil, text) }
        return error
    }
}
