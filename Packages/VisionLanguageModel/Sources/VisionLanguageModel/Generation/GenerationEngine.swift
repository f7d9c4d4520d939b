// The generation engine: prompts in, groups of answers out. Serves rollouts, evaluation and chat.
//
// A prompt is computed once and shared by all answers of its group. All answers of a call advance together,
// one token per step; finished ones leave the batch. Random numbers are counter-based (Philox.swift).
internal import Basics
internal import ModelFamilies
internal import TensorMath

/// Runs a model to produce answers.
public struct GenerationEngine {
    private let model: LanguageModel
    private let endTokenIDs: Set<Int32>
    /// Input-only tokens, which are never sampled.
    public let bannedTokenIDs: [Int32]

    /// Prompts are prefilled together up to this many rows.
    private static let prefillRows = 4096

    /// An engine over a model.
    ///
    /// - Parameters:
    ///   - model: Each call uses its current weights.
    ///   - endTokenIDs: Tokens that end an answer.
    public init(model: LanguageModel, endTokenIDs: Set<Int32>) {
        self.model = model
        self.endTokenIDs = endTokenIDs
        bannedTokenIDs = model.configuration.inputOnlyTokenIDs.filter { !endTokenIDs.contains($0) }
    }

    /// Answers every request.
    ///
    /// - Parameters:
    ///   - requests: Prompts with the number of answers wanted.
    ///   - options: How tokens are sampled.
    ///   - cacheTokens: The most tokens whose keys and values are in memory at once; requests beyond it
    ///     wait for the ones before them. Nil answers all requests at once.
    ///   - shouldStop: Polled once per step; when true, all answers end there.
    ///   - onToken: Called for each token as it is sampled, with the indices of its request and answer.
    /// - Returns: The answers to each request.
    /// - Throws: `ModelError.badPrompt` for settings out of range and for a request that alone needs more than
    ///   `cacheTokens`; `notFinite` for non-finite logits.
    public func generate(
        _ requests: [GenerationRequest], options: SamplingOptions, cacheTokens: Int? = nil,
        shouldStop: () -> Bool = { false },
        onToken: (_ request: Int, _ answer: Int, _ id: Int32) -> Void = { _, _, _ in }
    ) throws -> [[Generation]] {
        var answers: [[Generation]] = []
        for part in try parts(requests, options, cacheTokens) {
            let start = part.lowerBound
            do {
                answers += try run(
                    Array(requests[part]), options: options, shouldStop: shouldStop,
                    onToken: { onToken(start + $0, $1, $2) }, \.answers)
            } catch ModelError.notFinite(let request, let token) {
                throw ModelError.notFinite(request: start + request, token: token)
            }
        }
        return answers
    }

    /// Runs of requests whose prompts and longest possible answers fit the limit together.
    func parts(
        _ requests: [GenerationRequest], _ options: SamplingOptions, _ limit: Int?
    ) throws -> [Range<Int>] {
        guard let limit else { return [requests.indices] }
        var (parts, used): ([Range<Int>], Int) = ([], 0)
        for (index, request) in requests.enumerated() {
            let needed = request.cacheTokens(options) ?? .max
            guard needed <= limit else {
                throw ModelError.badPrompt(
                    "a question of \(request.prompt.ids.count) tokens with \(request.answerCount) answers of "
                        + "\(options.maxNewTokens) tokens needs a cache of \(needed) tokens, the limit is \(limit)"
                )
            }
            if let last = parts.last, used + needed <= limit {
                parts[parts.count - 1] = last.lowerBound..<index + 1
                used += needed
            } else {
                parts.append(index..<index + 1)
                used = needed
            }
        }
        return parts
    }

    /// Answers every request, the only one after `kept.count` kept tokens if given; returns `result(run)`.
    func run<Result>(
        _ requests: [GenerationRequest], after kept: (rows: KeptRows, count: Int)? = nil,
        options: SamplingOptions, shouldStop: () -> Bool,
        onToken: (_ request: Int, _ answer: Int, _ id: Int32) -> Void,
        _ result: (GenerationRun) -> Result
    ) throws -> Result {
        try options.validate()
        try requireMemory(for: requests, options)
        return try withoutActuallyEscaping(onToken) { onToken in
            let run = GenerationRun(
                model: model, requests: requests, kept: kept,
                sampler: Sampler(options: options, banned: bannedTokenIDs), endTokenIDs: endTokenIDs,
                onToken: onToken)
            try run.prefill(rowLimit: Self.prefillRows)
            while !run.isFinished && !shouldStop() { try run.step() }
            return result(run)
        }
    }

    /// Throws `MemoryError` when keys and values of all requests, with the longest possible answers, and the logits
    /// of a step do not fit the memory.
    private func requireMemory(for requests: [GenerationRequest], _ options: SamplingOptions) throws {
        let sizes = textSizes
        let rows = requests.map { $0.cacheTokens(options) ?? .max }.sumIfFits
        let answers = requests.map(\.answerCount).sumIfFits
        let cache = rows.flatMap {
            [$0, 2 * MemoryLayout<Float>.size, sizes.layerCount, sizes.keyHeadCount, sizes.headSize]
                .productIfFits
        }
        let logits = answers.flatMap { [$0, MemoryLayout<Float>.size, sizes.vocabularySize].productIfFits }
        let needed = cache.flatMap { cache in logits.flatMap { [cache, $0].sumIfFits } }
        try AvailableMemory.require(
            needed, reusable: MemoryStatistics.waitingBytes,
            "\(requests.count) question(s) with \(answers ?? .max) answer(s) of up to \(options.maxNewTokens) tokens "
                + "together need",
            advice: "allow fewer tokens in an answer, fewer answers or fewer questions at a time")
    }

    /// Sizes of the decoder.
    var textSizes: TextConfiguration { model.configuration.text }
}
