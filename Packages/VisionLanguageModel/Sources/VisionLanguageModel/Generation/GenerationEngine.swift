// The generation engine: prompts in, tokens out, step by step. Serves rollouts, evaluation, chat and the server.
//
// All running answers advance together, one token per step, beside chunks of the prompts that wait. Random numbers are
// counter-based (Philox.swift), so an answer does not depend on what else is in the batch.
internal import Basics
internal import ModelFamilies
internal import TensorMath
public import Tokenizer

/// Runs a model to produce answers; one thread at a time may use it.
///
/// The weights must not change while requests are in work or beginnings of prompts are kept: call `reset` after a change.
public final class GenerationEngine {
    private let model: LanguageModel
    private let tokenizer: Tokenizer?
    private let endTokenIDs: Set<Int32>
    /// Input-only tokens, which are never sampled.
    public let bannedTokenIDs: [Int32]
    /// The limits.
    public let options: EngineOptions
    let cache: PagedCache
    private var features: FeatureCache
    private var scheduler: Scheduler
    private var requests: [RequestID: RequestState] = [:]
    private var pendingEvents: [GenerationEvent] = []
    private var nextNumber: UInt64 = 0
    private var counts = EngineStatistics()
    private var timings: [RequestTiming] = []
    /// The most prompt tokens of a step.
    var prefillTokens: Int

    /// The most rows of logits at a time.
    private static let logitRows = 128
    /// The most timings that are kept for `takeTimings`.
    private static let mostTimings = 1024

    /// An engine over a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - endTokenIDs: Tokens that end an answer.
    ///   - tokenizer: Turns tokens into text; nil gives events without text and refuses stop strings.
    ///   - options: The limits.
    public init(
        model: LanguageModel, endTokenIDs: Set<Int32>, tokenizer: Tokenizer? = nil,
        options: EngineOptions = EngineOptions()
    ) {
        (self.model, self.endTokenIDs, self.tokenizer) = (model, endTokenIDs, tokenizer)
        self.options = options
        bannedTokenIDs = model.configuration.inputOnlyTokenIDs.filter { !endTokenIDs.contains($0) }
        let limits = options.byteLimits
        cache = PagedCache(
            model.text, byteLimit: limits.cache, isFixed: options.cacheBytes != nil,
            reusesPrefixes: options.reusesPrefixes)
        features = FeatureCache(
            hiddenSize: model.configuration.text.hiddenSize, byteLimit: limits.features)
        scheduler = Scheduler(cache, mostRunning: options.mostRunning)
        prefillTokens = options.prefillTokens
    }

    // MARK: - Requests

    /// Takes a request, which the following steps answer.
    ///
    /// - Returns: Its id, in the events of `step`.
    /// - Throws: `ModelError.badPrompt` for options out of range, and for a prompt that with its longest answer, or
    ///   whose pictures, can never fit the limits.
    public func submit(_ request: GenerationRequest) throws -> RequestID {
        try request.options.validate()
        try checkFit(request)
        nextNumber += 1
        let state = RequestState(
            RequestID(number: nextNumber), request, text: AnswerText(tokenizer, stops: request.options.stop),
            rotary: model.configuration.text.rotary, now: .now)
        requests[state.id] = state
        // The first answer computes the prompt; the others follow.
        scheduler.enqueue(state.answers[0])
        return state.id
    }

    private func checkFit(_ request: GenerationRequest) throws {
        let (prompt, options) = (request.prompt, request.options)
        guard request.answerCount >= 1, !prompt.ids.isEmpty else {
            throw ModelError.badPrompt(
                "expected a prompt and at least one answer, found \(prompt.ids.count) tokens and "
                    + "\(request.answerCount) answers")
        }
        guard options.stop.isEmpty || tokenizer != nil else {
            throw ModelError.badPrompt("stop: this engine has no tokenizer to find texts with")
        }
        let needed = PagedCache.pageCount(prompt.ids.count + options.maxNewTokens - 1)
        guard needed <= cache.mostPages else {
            throw ModelError.badPrompt(
                "a prompt of \(prompt.ids.count) tokens with an answer of up to \(options.maxNewTokens) tokens needs "
                    + "\(needed) pages of \(PagedCache.pageTokens) tokens, the cache has \(cache.mostPages) "
                    + "(\(byteText(cache.byteLimit))): allow fewer tokens in an answer or more memory")
        }
        for visual in prompt.visuals {
            let bytes = features.byteCount(of: visual)
            guard bytes <= features.byteLimit else {
                throw ModelError.badPrompt(
                    "a picture of \(visual.tokenCount) tokens has \(byteText(bytes)) of features, the limit is "
                        + "\(byteText(features.byteLimit)): show it smaller or allow more memory")
            }
        }
    }

    /// Ends a request and returns its pages at once; the next step reports its answers as finished.
    ///
    /// A request that has ended already is passed over.
    public func cancel(_ id: RequestID) {
        guard let state = requests[id] else { return }
        for answer in state.answers where answer.phase != .finished {
            finish(answer, .cancelled, &pendingEvents)
        }
        close(state)
    }

    /// Takes the events that no step has reported yet.
    @discardableResult
    func dropEvents() -> [GenerationEvent] {
        defer { pendingEvents = [] }
        return pendingEvents
    }

    /// Whether there is anything for `step` to do or to report.
    public var hasWork: Bool { !scheduler.isIdle || !pendingEvents.isEmpty }

    /// Forgets the beginnings of prompts and the features that were kept, and returns their memory.
    ///
    /// Needed after the weights have changed; no request may be in work.
    public func reset() { reset(mostPages: nil) }

    func reset(mostPages: Int?) {
        require(requests.isEmpty, "reset with \(requests.count) requests in work")
        cache.reset(mostPages: mostPages)
        features.removeAll()
    }

    // MARK: - A step

    /// Computes one token of each running answer and a chunk of the prompts that wait.
    ///
    /// - Returns: What happened, in order.
    /// - Throws: `ModelError.badPrompt` when the memory has become too small for the oldest request.
    public func step() throws -> [GenerationEvent] {
        // A model in bfloat16 has float32 products, too, and must round as the trainer does.
        let isolatesRows =
            options.isolation == .all || options.isolation == .float32 && model.head.computeType == .float32
        return try isolatesRows ? withRowwiseProducts(computeStep) : computeStep()
    }

    private func computeStep() throws -> [GenerationEvent] {
        var events = pendingEvents
        pendingEvents = []
        var chunks = try scheduler.plan(budget: prefillTokens)
        if options.guessesTokens { scheduler.addGuesses(&chunks, excluded: bannedTokenIDs) }
        guard !chunks.isEmpty else { return events }
        counts.steps += 1
        // The requests that end in this step stay until its end.
        let states = chunks.map(\.answer.request)
        start(states, &events)
        let hidden = DecoderPass(model: model, cache: cache).hidden(chunks, &features)
        var (row, complete): (Int, [(answer: AnswerState, row: Int)]) = (0, [])
        for chunk in chunks {
            chunk.answer.table.count = chunk.range.upperBound
            cache.register(&chunk.answer.table, chunk.answer.keys)
            row += chunk.range.count
            guard chunk.guesses.isEmpty else {
                sampleRun(chunk, model.logits(hidden), &events)
                break
            }
            if chunk.isComplete { complete.append((chunk.answer, row - 1)) }
        }
        for first in stride(from: 0, to: complete.count, by: Self.logitRows) {
            let part = complete[first..<min(complete.count, first + Self.logitRows)]
            let rows = hidden.rowCount == part.count ? hidden : hidden.gatherRows(part.map(\.row))
            sample(part.map(\.answer), model.logits(rows), &events)
        }
        for state in states where state.openCount == 0 { close(state) }
        scheduler.removeFinished()
        return events
    }

    /// Reports the requests whose prompts are computed for the first time.
    private func start(_ states: [RequestState], _ events: inout [GenerationEvent]) {
        for state in states where !state.isStarted {
            state.isStarted = true
            state.clock.started(.now)
            let (tokens, cached) = (state.promptKeys.count, state.answers[0].table.count)
            counts.promptTokens += tokens
            counts.cachedTokens += cached
            events.append(.started(state.id, promptTokens: tokens, cachedTokens: cached))
        }
    }

    /// Samples the next token of each answer, and the first one of all answers of a prompt.
    private func sample(_ leaders: [AnswerState], _ logits: Tensor, _ events: inout [GenerationEvent]) {
        var groups: [[AnswerState]] = []
        var draws: [TokenDraw] = []
        for (row, leader) in leaders.enumerated() {
            guard !leader.isStuck else {
                fail(leader.request, .badPrompt("the constraint of an answer allows no token"), &events)
                continue
            }
            let isFirst = leader.generation.ids.isEmpty
            let group = isFirst ? leader.request.answers.filter { $0.phase != .finished } : [leader]
            groups.append(group)
            draws.append(leader.draw(row: row, for: group, banned: bannedTokenIDs))
        }
        let now = ContinuousClock.now
        for (group, drawn) in zip(groups, logits.drawingTokens(draws)) {
            for answer in group where answer.phase == .following {
                answer.table = cache.fork(group[0].table)
                scheduler.enqueue(answer)
            }
            for (answer, token) in zip(group, drawn.tokens) {
                guard token.logProbability.isFinite else {
                    fail(
                        answer.request, .notFinite(request: 0, token: answer.generation.ids.count), &events)
                    break
                }
                take(answer, token, drawn.alternatives, now, &events)
            }
        }
    }

    /// Samples the next tokens of an answer from the rows of its last token and of its guesses, until one is wrong.
    private func sampleRun(_ chunk: PlannedChunk, _ logits: Tensor, _ events: inout [GenerationEvent]) {
        let (answer, count) = (chunk.answer, chunk.guesses.count)
        var right = 0
        for row in 0...count {
            let last = answer.generation.ids.count
            sample([answer], logits.rows(row..<row + 1), &events)
            guard answer.phase == .running, row < count, answer.generation.ids.count > last,
                answer.generation.ids[last] == chunk.guesses[row]
            else { break }
            right += 1
        }
        answer.table.count += right
        cache.register(&answer.table, answer.keys)
        answer.record(right: right, of: count)
        counts.guessedTokens += count
        counts.rightGuesses += right
    }

    private func take(
        _ answer: AnswerState, _ token: RatedToken, _ alternatives: [RatedToken],
        _ now: ContinuousClock.Instant, _ events: inout [GenerationEvent]
    ) {
        let (sampled, end) = answer.take(token, alternatives, endTokenIDs: endTokenIDs)
        counts.generatedTokens += 1
        answer.request.clock.token(answer: answer.answer, now)
        events.append(.token(answer.request.id, answer: answer.answer, sampled))
        if let end { finish(answer, end, &events) }
    }

    // MARK: - The end

    private func finish(
        _ answer: AnswerState, _ reason: FinishReason, _ events: inout [GenerationEvent]
    ) {
        let rest = answer.finish(reason)
        events.append(.finished(answer.request.id, answer: answer.answer, reason, text: rest))
    }

    private func fail(_ state: RequestState, _ error: ModelError, _ events: inout [GenerationEvent]) {
        for answer in state.answers where answer.phase != .finished { _ = answer.finish(.cancelled) }
        events.append(.failed(state.id, error))
    }

    /// Forgets a request whose answers have ended.
    private func close(_ state: RequestState) {
        scheduler.removeFinished()
        guard requests.removeValue(forKey: state.id) != nil else { return }
        timings.append(state.clock.finished(.now))
        if timings.count > Self.mostTimings { timings.removeFirst(timings.count - Self.mostTimings) }
    }

    // MARK: - Statistics

    /// What the engine is doing and has done.
    public var statistics: EngineStatistics {
        var all = counts
        (all.running, all.waiting) = (scheduler.running.count, scheduler.waiting.count)
        (all.usedPages, all.keptPages) = (cache.heldCount, cache.unusedCount)
        (all.pageCount, all.pageTokens) = (cache.mostPages, PagedCache.pageTokens)
        (all.cacheBytes, all.featureBytes) = (cache.byteCount, features.byteCount)
        (all.pictures, all.cachedPictures) = (features.requestCount, features.hitCount)
        all.pushedOut = scheduler.pushedOutCount
        return all
    }

    /// The durations of requests that have ended since the last call, at most the last 1,024.
    public func takeTimings() -> [RequestTiming] {
        defer { timings = [] }
        return timings
    }
}
