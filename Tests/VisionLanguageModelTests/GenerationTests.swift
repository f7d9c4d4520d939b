// The generation engine: the reference's greedy answers, and sampling that depends on its numbers alone.
import Basics
import ModelFamilies
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

@Suite("Generation")
struct GenerationTests {
    /// `<|im_end|>` and `<|endoftext|>` of the tiny vocabularies.
    private static let ends: Set<Int32> = [758, 756]

    private func engine(_ reference: ReferenceCase = .oneImage, ends: Set<Int32> = ends) throws
        -> GenerationEngine
    {
        GenerationEngine(model: try reference.model(), endTokenIDs: ends)
    }

    private func options(_ temperature: Double, tokens: Int, seed: UInt64 = 5) -> SamplingOptions {
        var options = SamplingOptions()
        options.temperature = temperature
        options.maxNewTokens = tokens
        options.seed = seed
        return options
    }

    @Test(
        "Greedy answers are the reference's, without and with a repetition penalty of 1.05",
        arguments: ReferenceCase.complete, [1, 1.05])
    func greedy(_ reference: ReferenceCase, _ penalty: Double) throws {
        var greedy = SamplingOptions.greedy
        greedy.maxNewTokens = 32
        greedy.repetitionPenalty = penalty
        let request = GenerationRequest(prompt: try reference.prompt(), number: 0)
        var streamed: [Int32] = []
        let answers = try engine(reference).generate(
            [request], options: greedy, onToken: { streamed.append($2) })
        let (answer, name) = (answers[0][0], penalty == 1 ? "greedy" : "greedy_rp1.05")
        let golden = try reference.golden()
        #expect(answer.ids == (try golden.integers("\(name).ids")))
        #expect(streamed == answer.ids)
        #expect(answer.finishReason == (answer.ids.last.map(Self.ends.contains) == true ? .stop : .length))
        expectClose(
            answer.logProbabilities, try golden.floats("\(name).logprobs"), absolute: 1e-4,
            "\(reference.testDescription) \(name).logprobs")
    }

    @Test("The checkpoint's own advice is read from generation_config.json")
    func defaults() throws {
        let advice = try LoadedModel(path: ReferenceCase.oneImage.path).generation
        #expect(advice.endTokens.ids == Self.ends && advice.repetitionPenalty == 1.05)
    }

    @Test("An answer does not depend on what else is in the batch, nor on its place there, but for rounding")
    func independence() throws {
        let (model, options) = (try ReferenceCase.oneImage.model(), options(1, tokens: 12))
        let engine = GenerationEngine(model: model, endTokenIDs: Self.ends)
        let requests = try [ReferenceCase.oneImage, .textOnly, .twoImages].enumerated().map {
            GenerationRequest(prompt: try $1.prompt(), answerCount: 3, number: UInt64(40 + $0))
        }
        let together = try engine.generate(requests, options: options)
        let reversed = Array(try engine.generate(requests.reversed(), options: options).reversed())
        for (index, request) in requests.enumerated() {
            let alone = try engine.generate([request], options: options)[0]
            for answer in alone.indices {
                for other in [together[index][answer], reversed[index][answer]] {
                    try expectSame(alone[answer], other, model, request, answer, options)
                }
            }
        }
        #expect(Set(together[0].map(\.ids)).count == 3)
    }

    /// Products of other sizes round differently, so two equal draws may fall on either side of a border
    /// between two tokens, and only there: within 1e-5 of it.
    private func expectSame(
        _ a: Generation, _ b: Generation, _ model: LanguageModel, _ request: GenerationRequest, _ answer: Int,
        _ options: SamplingOptions
    ) throws {
        let common = zip(a.ids, b.ids).prefix { $0 == $1 }.count
        expectClose(
            Array(a.logProbabilities.prefix(common)), Array(b.logProbabilities.prefix(common)),
            absolute: 1e-4,
            "log-probabilities")
        guard common < min(a.ids.count, b.ids.count) else { return #expect(a.ids == b.ids) }
        var batch = PackedBatch()
        batch.append(request.prompt, answers: [Array(a.ids.prefix(common + 1))])
        var logits = model.logits(model.hidden(batch).gatherRows([try #require(batch.scoredRows.last)]))
            .elements
        for id in model.configuration.inputOnlyTokenIDs { logits[Int(id)] = -.infinity }
        exponentiate(&logits, scale: 1, logSum: LogitStatistics(logits).logSum)
        let (low, high) = (Int(min(a.ids[common], b.ids[common])), Int(max(a.ids[common], b.ids[common])))
        let border = logits[...low].reduce(0) { $0 + Double($1) }
        let uniform = Philox(seed: options.seed).uniform(
            request: request.number, sample: answer, position: common)
        expectClose(uniform, border, absolute: 1e-5, "border between tokens \(low) and \(high)")
        expectClose(
            logits[(low + 1)..<high].reduce(0) { $0 + Double($1) }, 0, absolute: 1e-5, "tokens between")
    }

    @Test("Answers are a function of seed, request number and answer number")
    func numbers() throws {
        let engine = try engine()
        let prompt = try ReferenceCase.textOnly.prompt()
        func answers(_ number: UInt64, seed: UInt64, count: Int = 2) throws -> [[Int32]] {
            let request = GenerationRequest(prompt: prompt, answerCount: count, number: number)
            return try engine.generate([request], options: options(1, tokens: 8, seed: seed))[0].map(\.ids)
        }
        let first = try answers(1, seed: 1)
        #expect(try answers(1, seed: 1) == first)
        #expect(try answers(1, seed: 1, count: 4).prefix(2) == first[...])
        #expect(try answers(2, seed: 1) != first)
        #expect(try answers(1, seed: 2) != first)
    }

    @Test(
        "Reported log-probabilities are those of a forward pass over the answer, in bfloat16 if both go row by row",
        arguments: [DType.float32, .bfloat16], [ReferenceCase.twoImages, .textOnly])
    func recomputed(_ dtype: DType, _ sample: ReferenceCase) throws {
        let (model, prompt) = (try sample.model(), try sample.prompt())
        model.parameters.setComputeType(dtype)
        let engine = GenerationEngine(model: model, endTokenIDs: Self.ends)
        var options = options(0.7, tokens: 10)
        options.excludesBannedFromProbabilities = true
        let (answers, again) = try withRowwiseProducts {
            let answers = try engine.generate(
                [GenerationRequest(prompt: prompt, answerCount: 20, number: 9)], options: options)[0]
            var batch = PackedBatch()
            batch.append(prompt, answers: answers.map(\.ids))
            return (answers, model.logProbabilities(batch, temperature: 0.7, banned: engine.bannedTokenIDs))
        }
        expectClose(
            answers.flatMap(\.logProbabilities), again.values.elements, absolute: 1e-4,
            "log-probabilities in \(dtype)")
    }

    @Test("Tokens that only an input may hold are never sampled, even at temperature 5")
    func banned() throws {
        let engine = try engine(ends: [])
        #expect(engine.bannedTokenIDs == [765, 766, 767, 768, 769])
        let request = GenerationRequest(
            prompt: try ReferenceCase.textOnly.prompt(), answerCount: 150, number: 3)
        let ids = try engine.generate([request], options: options(5, tokens: 12))[0].flatMap(\.ids)
        #expect(ids.count == 1800 && Set(ids).count > 300)
        #expect(Set(ids).isDisjoint(with: engine.bannedTokenIDs))
    }

    @Test("Frequencies of sampled tokens match their probabilities")
    func frequencies() throws {
        let (model, prompt) = (try ReferenceCase.textOnly.model(), try ReferenceCase.textOnly.prompt())
        let engine = GenerationEngine(model: model, endTokenIDs: [])
        let draws = 3000
        let request = GenerationRequest(prompt: prompt, answerCount: draws, number: 77)
        let drawn = try engine.generate([request], options: options(1, tokens: 1))[0].map { $0.ids[0] }
        let last = model.logits(model.hidden(packed([prompt])).rows(prompt.ids.count - 1..<prompt.ids.count))
        var probabilities = last.elements.map { Double($0) }
        for id in engine.bannedTokenIDs { probabilities[Int(id)] = -.infinity }
        #expect(chiSquareExcess(drawn, logits: probabilities) < 4)
    }

    @Test("Generation stops at once when asked, and keeps what it has")
    func stopping() throws {
        var polls = 0
        let request = GenerationRequest(
            prompt: try ReferenceCase.textOnly.prompt(), answerCount: 2, number: 0)
        let answers = try engine(ends: []).generate(
            [request], options: options(1, tokens: 20),
            shouldStop: {
                polls += 1
                return polls > 3
            })
        #expect(answers[0].map(\.ids.count) == [4, 4])
    }

    @Test("A limit of cached tokens bounds the cache, keeps greedy answers and refuses what can never fit")
    func cacheLimit() throws {
        let (model, options) = (try ReferenceCase.oneImage.model(), options(0, tokens: 40))
        let engine = GenerationEngine(model: model, endTokenIDs: [])
        let prompt = try ReferenceCase.textOnly.prompt()
        let requests = (0..<6).map { GenerationRequest(prompt: prompt, answerCount: 3, number: UInt64($0)) }
        let (page, pages) = (PagedCache.pageTokens, PagedCache.pageCount(prompt.ids.count + 39))
        let all = try engine.generate(requests, options: options).flatMap { $0 }
        for limit in [pages * page, (pages + 1) * page + 1, 3 * pages * page] {
            var streamed = Set<Int>()
            let bounded = try engine.generate(
                requests, options: options, cacheTokens: limit,
                onToken: { request, _, _ in
                    streamed.insert(request)
                    #expect(engine.statistics.usedPages * page <= limit)
                }
            ).flatMap { $0 }
            #expect(bounded.map(\.ids) == all.map(\.ids) && streamed == Set(0..<6))
            for (a, b) in zip(bounded, all) {
                expectClose(a.logProbabilities, b.logProbabilities, absolute: 1e-4, "log-probabilities")
            }
        }
        #expect(engine.statistics.pushedOut > 0 && engine.statistics.usedPages == 0)
        #expect {
            try engine.generate(requests, options: options, cacheTokens: pages * page - 1)
        } throws: { "\($0)".contains("needs \(pages) pages of \(page) tokens, the cache has \(pages - 1)") }
    }
}
