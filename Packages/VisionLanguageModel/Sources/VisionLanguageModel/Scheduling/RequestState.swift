// A request while it is answered.
internal import ModelFamilies
internal import TensorMath

/// A request while it is answered.
final class RequestState {
    let id: RequestID
    let request: GenerationRequest
    let random: Philox
    /// What the keys and values of the prompt depend on.
    let promptKeys: [TokenKey]
    private(set) var answers: [AnswerState] = []
    /// Whether the `started` event was sent.
    var isStarted = false
    var clock: RequestClock

    init(
        _ id: RequestID, _ request: GenerationRequest, text: AnswerText, rotary: RotaryConfiguration,
        now: ContinuousClock.Instant
    ) {
        (self.id, self.request) = (id, request)
        random = Philox(seed: request.options.seed)
        promptKeys = TokenKey.all(of: request.prompt, rotary)
        clock = RequestClock(id, now: now)
        openCount = request.answerCount
        let counts = TokenCounts(prompt: request.prompt.ids, request.options)
        answers = (0..<request.answerCount).map {
            AnswerState(self, answer: $0, text: text, counts: counts, rotary: rotary)
        }
    }

    /// Answers that have not ended.
    fileprivate(set) var openCount: Int
}

/// One answer of a request.
final class AnswerState {
    /// Where an answer is on its way.
    enum Phase {
        /// Another answer computes the prompt for it.
        case following
        case waiting, running, finished
    }

    unowned let request: RequestState
    let answer: Int
    private let rotary: RotaryConfiguration
    var phase = Phase.following
    /// Keys and values of the prompt and the answer, as far as they are computed.
    var table = PageTable()
    /// What each token's key and value depend on, prompt and answer.
    private(set) var keys: [TokenKey]
    private(set) var generation = Generation()
    private var lookup = PromptLookup()
    private var text: AnswerText
    private var counts: TokenCounts
    private var constraint: (any TokenConstraint)?

    fileprivate init(
        _ request: RequestState, answer: Int, text: AnswerText, counts: TokenCounts,
        rotary: RotaryConfiguration
    ) {
        (self.request, self.answer, self.text, self.counts) = (request, answer, text, counts)
        (self.rotary, keys, constraint) = (rotary, request.promptKeys, request.request.constraint)
    }

    /// Tokens of the prompt and the answer so far.
    var tokenCount: Int { keys.count }

    /// Tokens that must be computed before the next one can be sampled.
    var pendingCount: Int { tokenCount - table.count }

    /// Whether this answer was submitted later than the other one.
    func isYounger(than other: AnswerState) -> Bool {
        (request.id.number, answer) > (other.request.id.number, other.answer)
    }

    /// The ids of the tokens of `range`.
    func ids(_ range: Range<Int>) -> [Int32] { keys[range].map(\.id) }

    /// Appends the positions of the tokens of `range`.
    func appendPositions(_ range: Range<Int>, to positions: inout Positions) {
        let prompt = request.request.prompt
        positions.append(prompt.positions, range.clamped(to: 0..<prompt.ids.count))
        for index in range where index >= prompt.ids.count { positions.append(at: position(index)) }
    }

    private func position(_ index: Int) -> Int32 {
        let prompt = request.request.prompt
        return prompt.positions.next + Int32(index - prompt.ids.count)
    }

    /// The draw of the next token of each of `answers`, which have had the same tokens, from a row of logits.
    func draw(row: Int, for answers: [AnswerState], banned: [Int32]) -> TokenDraw {
        let uniforms = answers.map {
            request.random.uniform(
                request: request.request.number, sample: $0.answer, position: generation.ids.count)
        }
        return request.request.options.draw(
            row: row, counts, allowed: constraint?.allowed, banned: banned, uniforms: uniforms)
    }

    /// Guesses of the tokens after the last one, if any.
    func guesses(excluded: [Int32]) -> [Int32] {
        let most = request.request.options.maxNewTokens - generation.ids.count - 1
        return lookup.guesses(keys.map(\.id), most: most, excluded: excluded)
    }

    /// Takes note of how many guesses were right.
    func record(right: Int, of count: Int) { lookup.record(right: right, of: count) }

    /// Whether a constraint allows no token.
    var isStuck: Bool { constraint?.allowed.isEmpty ?? false }

    /// Takes the next token.
    ///
    /// - Returns: The token with its text, and why the answer ends with it; nil goes on.
    func take(
        _ token: RatedToken, _ alternatives: [RatedToken], endTokenIDs: Set<Int32>
    ) -> (token: SampledToken, end: FinishReason?) {
        generation.ids.append(token.id)
        generation.logProbabilities.append(token.logProbability)
        keys.append(TokenKey(token.id, at: TokenPlace(position: position(keys.count), rotary)))
        counts.add(token.id)
        constraint?.accept(token.id)
        let (bytes, isStopped) = text.append(token.id)
        let isLast = generation.ids.count >= request.request.options.maxNewTokens
        let isEnd = isStopped || endTokenIDs.contains(token.id)
        let sampled = SampledToken(
            id: token.id, logProbability: token.logProbability,
            alternatives: alternatives.map { ($0.id, $0.logProbability) }, text: bytes)
        return (sampled, isEnd ? .stop : isLast ? .length : nil)
    }

    /// Ends the answer; returns the bytes that were held back.
    func finish(_ reason: FinishReason) -> [UInt8] {
        if phase != .finished { request.openCount -= 1 }
        phase = .finished
        generation.finishReason = reason
        return text.finish()
    }
}
