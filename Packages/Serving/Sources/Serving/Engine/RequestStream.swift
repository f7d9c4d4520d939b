// The events of one request, as they leave the engine's thread.
internal import VisionLanguageModel

/// The engine failed; details are in the log.
struct EngineFailure: Error {}

/// What a reader of a stream gets.
enum StreamItem: Sendable {
    case event(GenerationEvent)
    /// Nothing happened for a while.
    case pause
}

/// The events of one request; ends after its last answer.
struct RequestStream: Sendable {
    let request: EngineRequest
    let items: AsyncThrowingStream<StreamItem, any Error>
    /// Puts a pause into the stream.
    let pause: @Sendable () -> Void

    /// The end of the stream that the engine's thread holds.
    struct Source {
        private let continuation: AsyncThrowingStream<StreamItem, any Error>.Continuation
        private var unfinished: Int

        init(_ continuation: AsyncThrowingStream<StreamItem, any Error>.Continuation, _ unfinished: Int) {
            (self.continuation, self.unfinished) = (continuation, unfinished)
        }

        /// Passes an event on; returns whether it was the last one.
        mutating func deliver(_ event: GenerationEvent) -> Bool {
            continuation.yield(.event(event))
            switch event {
            case .started, .token: return false
            case .finished: unfinished -= 1
            case .failed: unfinished = 0
            }
            if unfinished == 0 { continuation.finish() }
            return unfinished == 0
        }

        /// Ends the stream of a request that was cancelled.
        func finish() { continuation.finish(throwing: CancellationError()) }

        /// Ends the stream of a request whose engine failed.
        func fail() { continuation.finish(throwing: EngineFailure()) }
    }

    /// A stream for so many answers; at most their tokens are kept in it.
    static func make(_ request: EngineRequest, answers: Int) -> (RequestStream, Source) {
        let (items, continuation) = AsyncThrowingStream<StreamItem, any Error>.makeStream()
        let stream = RequestStream(request: request, items: items, pause: { continuation.yield(.pause) })
        return (stream, Source(continuation, answers))
    }
}
