// Requests one after another over `GenerationEngine`, which answers whole requests.
internal import Tokenizer
public import VisionLanguageModel

/// An engine that answers one request after another, and shows an answer when it is complete.
///
/// It samples by temperature, top-k, top-p and repetition penalty; it refuses other options.
public final class SequentialEngine: TextEngine {
    private let engine: GenerationEngine
    private let tokenizer: Tokenizer
    private let endIDs: Set<Int32>
    private var queue: [(id: RequestID, request: GenerationRequest)] = []
    private var count: UInt64 = 0
    /// Numbers about the present state.
    public private(set) var statistics = EngineStatistics()

    /// An engine over a loaded model.
    public init(_ engine: GenerationEngine, _ model: ServedModel) {
        self.engine = engine
        tokenizer = model.processor.tokenizer
        endIDs = Set(model.endIDs)
    }

    /// Whether a request waits.
    public var hasWork: Bool { !queue.isEmpty }

    /// Queues a request; throws `ModelError.badPrompt` for options that this engine does not have.
    public func submit(_ request: GenerationRequest) throws -> RequestID {
        let options = request.options
        let unsupported: [(String, Bool)] = [
            ("response_format", request.constraint != nil), ("stop", !options.stop.isEmpty),
            ("min_p", options.minP != 0), ("logit_bias", !options.logitBias.isEmpty),
            ("presence_penalty", options.presencePenalty != 0),
            ("frequency_penalty", options.frequencyPenalty != 0), ("top_logprobs", options.alternatives > 0),
        ]
        if let name = unsupported.first(where: \.1)?.0 {
            throw ModelError.badPrompt("\(name) is not supported by the engine that runs this model")
        }
        count += 1
        queue.append((RequestID(number: count), request))
        statistics.waiting = queue.count
        return RequestID(number: count)
    }

    /// Ends a request that waits.
    public func cancel(_ id: RequestID) { queue.removeAll { $0.id == id } }

    /// Answers the next request.
    public func step() throws -> [GenerationEvent] {
        guard !queue.isEmpty else { return [] }
        let (id, request) = queue.removeFirst()
        statistics.waiting = queue.count
        var options = VisionLanguageModel.SamplingOptions()
        options.temperature = request.options.temperature
        options.topK = request.options.topK
        options.topP = request.options.topP
        options.repetitionPenalty = request.options.repetitionPenalty
        options.maxNewTokens = request.options.maxNewTokens
        options.seed = request.options.seed
        let question = VisionLanguageModel.GenerationRequest(
            prompt: request.prompt, answerCount: request.answerCount, number: request.number)
        let answers: [Generation]
        do {
            answers = try engine.generate([question], options: options).first ?? []
        } catch let error as ModelError {
            return [.failed(id, error)]
        }
        statistics.promptTokens += request.prompt.ids.count
        var events = [GenerationEvent.started(id, promptTokens: request.prompt.ids.count, cachedTokens: 0)]
        for (number, answer) in answers.enumerated() {
            statistics.generatedTokens += answer.ids.count
            for (token, value) in zip(answer.ids, answer.logProbabilities) {
                let isText = !tokenizer.decode([token], skipSpecialTokens: true).isEmpty
                let text = isText && !endIDs.contains(token) ? tokenizer.bytes(of: token) ?? [] : []
                events.append(
                    .token(id, answer: number, SampledToken(id: token, logProbability: value, text: text)))
            }
            let reason: FinishReason = answer.finishReason == .stop ? .stop : .length
            events.append(.finished(id, answer: number, reason, text: []))
        }
        return events
    }
}
