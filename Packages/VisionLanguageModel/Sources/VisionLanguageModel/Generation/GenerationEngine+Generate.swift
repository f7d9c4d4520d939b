// Many requests at once, until all are answered: rollouts and evaluation.
internal import Basics

extension GenerationEngine {
    /// Prompt tokens of a step in `generate`, whose caller reads no tokens before the end.
    private static let batchPrefillTokens = 4096

    /// Answers every request with the model's current weights; keeps nothing for later ones.
    ///
    /// - Parameters:
    ///   - requests: Prompts with the number of answers wanted.
    ///   - options: How tokens are sampled, instead of what the requests say; nil keeps that.
    ///   - cacheTokens: The most tokens whose keys and values are in memory at once, in whole pages; answers beyond it
    ///     wait. Nil leaves the engine's limit.
    ///   - shouldStop: Polled once per step; when true, all answers end there.
    ///   - onToken: Called for each token as it is sampled, with the indices of its request and answer.
    /// - Returns: The answers to each request.
    /// - Throws: `ModelError.badPrompt` for settings out of range and for a request that alone needs more than the
    ///   limit; `notFinite` for non-finite logits.
    public func generate(
        _ requests: [GenerationRequest], options: SamplingOptions? = nil, cacheTokens: Int? = nil,
        shouldStop: () -> Bool = { false },
        onToken: (_ request: Int, _ answer: Int, _ id: Int32) -> Void = { _, _, _ in }
    ) throws -> [[Generation]] {
        require(!hasWork, "generate while other requests are in work")
        let (pages, tokens) = (cache.mostPages, prefillTokens)
        reset()
        if let cacheTokens { cache.limit(pages: cacheTokens / PagedCache.pageTokens) }
        let first = requests.map { PagedCache.pageCount($0.prompt.ids.count) + $0.answerCount }
        cache.expect(pages: first.sumIfFits ?? 0)
        prefillTokens = max(tokens, Self.batchPrefillTokens)
        var places: [RequestID: Int] = [:]
        defer {
            for id in places.keys { cancel(id) }
            dropEvents()
            prefillTokens = tokens
            reset(mostPages: pages)
        }
        for (index, var request) in requests.enumerated() {
            request.options = options ?? request.options
            places[try submit(request)] = index
        }
        var answers = requests.map { Array(repeating: Generation(), count: $0.answerCount) }
        repeat {
            for event in try step() { try take(event, places, &answers, onToken) }
        } while hasWork && !shouldStop()
        if hasWork {
            for id in places.keys { cancel(id) }
            for event in dropEvents() { try take(event, places, &answers, onToken) }
        }
        return answers
    }

    private func take(
        _ event: GenerationEvent, _ places: [RequestID: Int], _ answers: inout [[Generation]],
        _ onToken: (_ request: Int, _ answer: Int, _ id: Int32) -> Void
    ) throws {
        switch event {
        case .started: break
        case .token(let id, let answer, let token):
            guard let place = places[id] else { return }
            answers[place][answer].ids.append(token.id)
            answers[place][answer].logProbabilities.append(token.logProbability)
            answers[place][answer].text += token.text
            onToken(place, answer, token.id)
        case .finished(let id, let answer, let reason, let text):
            guard let place = places[id] else { return }
            answers[place][answer].finishReason = reason
            answers[place][answer].text += text
        case .failed(let id, let error):
            if case .notFinite(_, let token) = error, let place = places[id] {
                throw ModelError.notFinite(request: place, token: token)
            }
            throw error
        }
    }
}
