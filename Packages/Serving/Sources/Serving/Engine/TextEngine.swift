// What the server needs of a generation engine: requests in, events out, one step at a time.
public import VisionLanguageModel

/// A generation engine, used from one thread.
public protocol TextEngine: AnyObject {
    /// Queues a request; throws, with the numbers, when it can never fit.
    func submit(_ request: GenerationRequest) throws -> RequestID

    /// Ends a request; does nothing for one that has ended. Its events may still arrive in the next step.
    func cancel(_ id: RequestID)

    /// Admits requests, computes a part of their prompts, and one token of each running answer.
    func step() throws -> [GenerationEvent]

    /// Whether a step would do anything.
    var hasWork: Bool { get }

    /// Numbers about the present state.
    var statistics: EngineStatistics { get }
}

extension GenerationEngine: TextEngine {}

extension GenerationEvent {
    /// The request that it belongs to.
    var request: RequestID {
        switch self {
        case .started(let id, _, _), .token(let id, _, _), .finished(let id, _, _, _), .failed(let id, _): id
        }
    }
}
