// What an engine's events say: text and stop strings, alternatives, constraints, reuse, failures, durations.
import Basics
import ModelFamilies
import TensorMath
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

/// Allows the tokens of a list, one after the other, then only the end.
private struct Script: TokenConstraint {
    let vocabularySize: Int
    let end: Int32
    var rest: [[Int32]]

    var allowed: TokenMask {
        var mask = TokenMask(vocabularySize: vocabularySize)
        for id in rest.first ?? [end] { mask[id] = true }
        return mask
    }

    mutating func accept(_ id: Int32) {
        #expect(allowed[id])
        rest = Array(rest.dropFirst())
    }
}

@Suite("The engine's events")
struct EngineTests {
    private static let end: Int32 = 758

    private func events(_ engine: GenerationEngine, _ request: GenerationRequest) throws -> [GenerationEvent]
    {
        _ = try engine.submit(request)
        var events: [GenerationEvent] = []
        while engine.hasWork { events += try engine.step() }
        return events
    }

    @Test(
        "A stop string ends the text before it, wherever the tokens' borders are; held back bytes come in the end"
    )
    func stopStrings() throws {
        let tokenizer = try LoadedModel(path: ReferenceCase.textOnly.path).processor.tokenizer
        let whole = "one two, three: caf\u{e9} four"
        let ids = tokenizer.encode(whole, specialTokens: .asText)
        let bytes = Array(whole.utf8)
        /// The joined text, how often it was empty, and whether it was stopped.
        func text(_ stops: [String]) -> (text: [UInt8], waits: Int, isStopped: Bool) {
            var (answer, text, waits) = (AnswerText(tokenizer, stops: stops), [UInt8](), 0)
            for id in ids {
                let (bytes, isStopped) = answer.append(id)
                text += bytes
                waits += bytes.isEmpty ? 1 : 0
                if isStopped { return (text, waits, true) }
            }
            return (text + answer.finish(), waits, false)
        }
        #expect(text([]).text == bytes && text(["five", "\u{e8}"]).text == bytes)
        #expect(text([" fourth"]).text == bytes && text([" fourth"]).waits > 0)
        let characters = Array(whole)
        for start in characters.indices {
            for end in start + 1...min(characters.count, start + 6) {
                let stop = String(characters[start..<end])
                let found = text(["never", stop])
                let first = try #require(bytes.indices.first { bytes[$0...].starts(with: stop.utf8) })
                #expect(found.isStopped && found.text == Array(bytes[..<first]), "\(stop)")
            }
        }
    }

    @Test(
        "Tokens bring their text and the likeliest tokens; an answer stops at a text and before its special tokens"
    )
    func tokens() throws {
        let loaded = try LoadedModel(path: ReferenceCase.textOnly.path)
        let engine = loaded.engine
        var request = GenerationRequest(prompt: try ReferenceCase.textOnly.prompt(), number: 3)
        (request.options.maxNewTokens, request.options.alternatives) = (12, 5)
        var (ids, text) = ([Int32](), [UInt8]())
        for case .token(_, _, let token) in try events(engine, request) {
            ids.append(token.id)
            text += token.text
            #expect(token.alternatives.count == 5)
            let rated = token.alternatives.map(\.logProbability)
            #expect(rated == rated.sorted(by: >) && token.logProbability <= rated[0])
            if let same = token.alternatives.first(where: { $0.id == token.id }) {
                #expect(same.logProbability == token.logProbability)
            }
        }
        #expect(ids.count == 12)
        let tokenizer = loaded.processor.tokenizer
        #expect(String(decoding: text, as: UTF8.self) == tokenizer.decode(ids, skipSpecialTokens: true))
        // The text of tokens 4 and 5 and its beginning in token 3 stop the answer there.
        let pieces = ids.map { tokenizer.bytes(of: $0) ?? [] }
        let stop = try #require(String(validating: pieces[4] + pieces[5], as: UTF8.self))
        request.options.stop = [stop]
        let stopped = try events(engine, request)
        guard case .finished(_, 0, .stop, let rest)? = stopped.last else {
            Issue.record("\(stopped)")
            return
        }
        var shown: [UInt8] = []
        for case .token(_, _, let token) in stopped { shown += token.text }
        let joined = pieces.flatMap { $0 }
        let first = try #require(joined.indices.first { joined[$0...].starts(with: stop.utf8) })
        #expect(rest.isEmpty && shown == Array(joined[..<first]))
    }

    @Test(
        "A constraint decides the tokens, not their log-probabilities; without any allowed token a request fails"
    )
    func constraint() throws {
        let loaded = try LoadedModel(path: ReferenceCase.textOnly.path)
        let size = loaded.model.configuration.text.vocabularySize
        let prompt = try ReferenceCase.textOnly.prompt()
        let script = Script(vocabularySize: size, end: Self.end, rest: [[5, 6, 7], [300], [10, 11]])
        var request = GenerationRequest(prompt: prompt, answerCount: 4, number: 1, constraint: script)
        (request.options.maxNewTokens, request.options.temperature) = (10, 5)
        var answers: [Int: [RatedToken]] = [:]
        for event in try events(loaded.engine, request) {
            switch event {
            case .token(_, let answer, let token):
                answers[answer, default: []].append(
                    RatedToken(id: token.id, logProbability: token.logProbability))
            case .finished(_, _, let reason, _): #expect(reason == .stop)
            default: break
            }
        }
        #expect(answers.count == 4 && Set(answers.values.map { $0.map(\.id) }).count > 1)
        for answer in answers.values {
            #expect(answer.count == 4 && answer[1].id == 300 && answer[3].id == Self.end)
            var batch = PackedBatch()
            batch.append(prompt, answers: [answer.map(\.id)])
            let own = loaded.model.logProbabilities(batch, temperature: 5).values.elements
            expectClose(answer.map(\.logProbability), own, absolute: 1e-4, "log-probabilities")
        }
        request.constraint = Script(vocabularySize: size, end: Self.end, rest: [[5], []])
        let engine = loaded.engine
        let failed = try events(engine, request)
        guard case .failed(_, .badPrompt(let text))? = failed.last else {
            Issue.record("\(failed)")
            return
        }
        #expect(text.contains("allows no token") && engine.statistics.usedPages == 0)
    }

    @Test("A mask holds the tokens that were set") func mask() {
        var (mask, other) = (TokenMask(vocabularySize: 130), TokenMask(vocabularySize: 130))
        #expect(mask.isEmpty && !mask[0] && !mask[-1] && !mask[500])
        for id in [0, 63, 64, 129] as [Int32] { mask[id] = true }
        other[65] = true
        mask[63] = false
        mask.formUnion(other)
        #expect((0..<130).filter { mask[$0] } == [0, 64, 65, 129])
    }

    @Test(
        "A group costs one prompt, a later request what is new, a known picture nothing; durations are measured"
    )
    func reuse() throws {
        let model = try ReferenceCase.oneImage.model()
        let engine = EngineScheduleTests.engine(model, ends: [])
        let prompt = try ReferenceCase.oneImage.prompt()
        var request = GenerationRequest(prompt: prompt, answerCount: 8, number: 0)
        request.options.maxNewTokens = 5
        func cached(_ request: GenerationRequest) throws -> Int {
            for case .started(_, let tokens, let cached) in try events(engine, request) {
                #expect(tokens == request.prompt.ids.count)
                return cached
            }
            return -1
        }
        #expect(try cached(request) == 0)
        // The prompt in the first step, then one token of each answer.
        #expect(engine.statistics.steps == 5 && engine.statistics.generatedTokens == 40)
        #expect(engine.statistics.pictures == 1 && engine.statistics.cachedPictures == 0)
        #expect(try cached(request) == prompt.ids.count - 1)
        let longer = try Prompt(
            ids: prompt.ids + [5, 6], visuals: prompt.visuals, configuration: model.configuration)
        #expect(
            try cached(GenerationRequest(prompt: longer, number: 1, options: request.options))
                == prompt.ids.count)
        #expect(engine.statistics.pictures == 1, "the prompts' pages were enough")
        let later = try Prompt(
            ids: [5] + prompt.ids, visuals: prompt.visuals, configuration: model.configuration)
        #expect(try cached(GenerationRequest(prompt: later, number: 2, options: request.options)) == 0)
        #expect(engine.statistics.cachedPictures == 1 && engine.statistics.pictures == 2)
        let features = prompt.visualRows.count * model.configuration.text.hiddenSize * 4
        #expect(engine.statistics.featureBytes == features && engine.statistics.usedPages == 0)
        let timings = engine.takeTimings()
        #expect(
            timings.count == 4 && timings.map(\.tokenCount) == [40, 40, 5, 5] && engine.takeTimings().isEmpty)
        for timing in timings {
            let (queue, first) = (try #require(timing.queue), try #require(timing.firstToken))
            let between = try #require(timing.betweenTokens)
            #expect(.zero <= queue && queue <= first && first + between.mean * 4 <= timing.total * 1.001)
            #expect(between.mean <= between.longest)
        }
        // Requests at the same time: the later ones wait for the pages of the first.
        engine.reset()
        let times = 1 + 5 * PagedCache.pageTokens / prompt.ids.count
        let whole = try Prompt(
            ids: (0..<times).flatMap { _ in prompt.ids },
            visuals: (0..<times).flatMap { _ in prompt.visuals }, configuration: model.configuration)
        let (tokens, shared) = (engine.statistics.promptTokens, engine.statistics.cachedTokens)
        for number in 0..<3 {
            _ = try engine.submit(
                GenerationRequest(prompt: whole, number: UInt64(number), options: request.options))
        }
        while engine.hasWork { _ = try engine.step() }
        #expect(engine.statistics.promptTokens - tokens == 3 * whole.ids.count)
        let full = whole.ids.count / PagedCache.pageTokens * PagedCache.pageTokens
        #expect(engine.statistics.cachedTokens - shared >= 2 * min(full, whole.ids.count - 1))
        engine.reset()
        #expect(engine.statistics.keptPages == 0 && engine.statistics.featureBytes == 0)
        #expect(try cached(request) == 0)
    }

    @Test(
        "Guessed tokens change the number of steps, not the answer: greedy and sampled, with penalties and stops"
    )
    func guesses() throws {
        let model = try ReferenceCase.textOnly.model()
        let prompt = try ReferenceCase.textOnly.prompt()
        var options = EngineOptions()
        var right = 0
        for (temperature, penalty) in [(0, 0), (0, 0.3), (0.3, 0), (1, 0)] {
            var request = GenerationRequest(prompt: prompt, number: 5)
            (request.options.temperature, request.options.frequencyPenalty) = (temperature, penalty)
            (request.options.maxNewTokens, request.options.alternatives) = (60, 1)
            var answers: [(ids: [Int32], logProbabilities: [Float])] = []
            for guesses in [false, true] {
                options.guessesTokens = guesses
                let engine = GenerationEngine(model: model, endTokenIDs: [Self.end], options: options)
                var answer: (ids: [Int32], logProbabilities: [Float]) = ([], [])
                for case .token(_, _, let token) in try events(engine, request) {
                    answer.ids.append(token.id)
                    answer.logProbabilities.append(token.logProbability)
                }
                answers.append(answer)
                let now = engine.statistics
                #expect(now.usedPages == 0 && now.steps + now.rightGuesses == answer.ids.count)
                #expect(guesses || now.guessedTokens == 0)
                right += now.rightGuesses
            }
            #expect(answers[0].ids == answers[1].ids)
            expectClose(
                answers[0].logProbabilities, answers[1].logProbabilities, absolute: 1e-5,
                "log-probabilities at \(temperature)")
        }
        #expect(right > 20)
    }

    @Test("Guesses are what followed the longest run of last tokens, and pause after wrong ones")
    func lookup() {
        var lookup = PromptLookup()
        let ids: [Int32] = [1, 2, 3, 4, 5, 9, 2, 3, 7, 7, 2, 3]
        #expect(lookup.guesses(ids, most: 9, excluded: []) == [7, 7, 2, 3])
        #expect(lookup.guesses([1, 2, 3, 4, 5] + [2, 3], most: 2, excluded: []) == [4, 5])
        #expect(lookup.guesses([1, 2, 3, 4, 5] + [2, 3], most: 9, excluded: [5]) == [4])
        #expect(lookup.guesses([5, 2, 3, 4, 1, 2, 3, 6] + [5, 2, 3], most: 1, excluded: []) == [4])
        #expect(lookup.guesses([1, 2, 3], most: 5, excluded: []).isEmpty)
        #expect(lookup.guesses(ids, most: 0, excluded: []).isEmpty)
        for pause in [1, 2, 4] {
            lookup.record(right: 0, of: 4)
            for _ in 0..<pause { #expect(lookup.guesses(ids, most: 9, excluded: []).isEmpty) }
            #expect(!lookup.guesses(ids, most: 9, excluded: []).isEmpty)
        }
        lookup.record(right: 1, of: 4)
        #expect(!lookup.guesses(ids, most: 9, excluded: []).isEmpty)
    }

    @Test("Features beyond the limit are forgotten, those used last stay") func features() throws {
        let loaded = try LoadedModel(path: ReferenceCase.twoImages.path)
        let prompt = try ReferenceCase.twoImages.prompt()
        let bytes = prompt.visuals.map { $0.tokenCount * loaded.model.configuration.text.hiddenSize * 4 }
        let tower = try #require(loaded.model.vision)
        let together = tower(prompt.visuals).elements
        for limit in [bytes.max() ?? 0, bytes.reduce(0, +)] {
            var cache = FeatureCache(
                hiddenSize: loaded.model.configuration.text.hiddenSize, byteLimit: limit)
            var (rest, found) = (prompt.visuals[...], [Tensor]())
            while !rest.isEmpty {
                found += cache.features(Array(rest), tower)
                rest = prompt.visuals[found.count...]
                #expect(cache.byteCount <= limit)
            }
            expectClose(found.flatMap(\.elements), together, absolute: 1e-5, "features")
            _ = cache.features([prompt.visuals[1], prompt.visuals[1]], tower)
            #expect(cache.hitCount >= 1)
            _ = cache.features([prompt.visuals[0]], tower)
            #expect(cache.hitCount == (limit == bytes.max() ? cache.hitCount : 3))
        }
    }

    @Test("No more answers than allowed are computed side by side; all are answered")
    func mostRunning() throws {
        let loaded = try LoadedModel(path: ReferenceCase.textOnly.path)
        var options = EngineOptions()
        options.mostRunning = 3
        let engine = loaded.engine(options)
        let prompt = try loaded.processor.prompt(
            [ChatMessage(role: .user, content: [.text("Count.")])], visuals: [])
        var request = GenerationRequest(prompt: prompt, answerCount: 7, number: 1)
        request.options.maxNewTokens = 4
        // No answer ends early.
        for id in loaded.generation.endTokenIDs { request.options.logitBias[id] = -100 }
        for number in 0..<2 {
            request.number = UInt64(number)
            _ = try engine.submit(request)
        }
        var (most, finished) = (0, 0)
        while engine.hasWork {
            for case .finished in try engine.step() { finished += 1 }
            most = max(most, engine.statistics.running)
        }
        #expect(most == 3)
        #expect(finished == 14)
    }

    @Test("Numbers of several engines are added, all of them, and counts outlive the present state")
    func sums() {
        var one = EngineStatistics()
        (one.running, one.waiting, one.usedPages, one.keptPages) = (1, 2, 3, 4)
        (one.pageCount, one.pageTokens, one.cacheBytes, one.featureBytes) = (5, 32, 7, 8)
        (one.promptTokens, one.cachedTokens, one.generatedTokens) = (9, 10, 11)
        (one.guessedTokens, one.rightGuesses, one.pictures, one.cachedPictures) = (12, 13, 14, 15)
        (one.pushedOut, one.steps) = (16, 17)
        func values(_ statistics: EngineStatistics) -> [Int] {
            Mirror(reflecting: statistics).children.compactMap { $0.value as? Int }
        }
        #expect(values(one).count == 17 && !values(one).contains(0))
        #expect(values(one + one) == values(one).map { $0 == 32 ? 32 : 2 * $0 })
        #expect(values(one.counts) == values(one).map { $0 < 9 || $0 == 32 ? 0 : $0 })
    }

    @Test(
        "The planned bytes of keys and values are those that an engine needs",
        arguments: [DType.float32, .bfloat16])
    func plan(compute: DType) throws {
        let loaded = try LoadedModel(path: ReferenceCase.textOnly.path, compute: compute)
        let weights = loaded.model.parameters.all.reduce(0) { $0 + $1.value.count } * compute.byteCount
        let plan = try MemoryPlan(
            loaded.model.configuration, weights: weights, compute: compute, sequences: 5, tokens: 100,
            pictureTokens: 7)
        #expect(plan.total == weights + plan.cache + plan.features)
        #expect(plan.features == 7 * 4 * loaded.model.configuration.text.hiddenSize)
        var options = EngineOptions()
        options.cacheBytes = plan.cache
        #expect(loaded.engine(options).statistics.pageCount >= 5 * 4)
        options.cacheBytes = plan.cache - 1
        #expect(loaded.engine(options).statistics.pageCount < 5 * 4)
        #expect(throws: ModelError.self) {
            try MemoryPlan(
                loaded.model.configuration, weights: weights, compute: compute, sequences: .max,
                tokens: .max, pictureTokens: 0)
        }
    }
}
