// An engine with its model and the streams of its requests, as the engine's thread holds it.
internal import VisionLanguageModel

/// A request in one of the engines of a thread.
struct EngineRequest: Hashable, Sendable {
    /// The number of its engine.
    let engine: Int
    let id: RequestID
}

/// An engine at work.
///
/// While newer weights are there, it only completes the replies that it has begun.
struct RunningEngine {
    let model: ServedModel
    private let engine: any TextEngine
    private var streams: [RequestID: RequestStream.Source] = [:]

    init(_ model: ServedModel, _ engine: any TextEngine) { (self.model, self.engine) = (model, engine) }

    var hasWork: Bool { engine.hasWork }

    var statistics: EngineStatistics { engine.statistics }

    /// Takes a request; throws what the engine throws.
    mutating func submit(_ request: GenerationRequest) throws -> RequestStream {
        let id = try engine.submit(request)
        let (stream, source) = RequestStream.make(
            EngineRequest(engine: model.number, id: id), answers: request.answerCount)
        streams[id] = source
        return stream
    }

    mutating func cancel(_ id: RequestID) {
        engine.cancel(id)
        streams.removeValue(forKey: id)?.finish()
    }

    /// Passes the events of a step on; after an error all requests end, because what it leaves behind is not known.
    mutating func step(_ report: (String) -> Void) {
        guard engine.hasWork else { return }
        do {
            for event in try engine.step() {
                guard streams[event.request]?.deliver(event) == true else { continue }
                streams[event.request] = nil
            }
        } catch {
            report("a step of the engine failed: \(error)")
            for (id, source) in streams {
                engine.cancel(id)
                source.fail()
            }
            streams = [:]
        }
    }

    /// Ends all streams.
    func stop() { for source in streams.values { source.finish() } }
}
