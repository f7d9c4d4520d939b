// Whatever else an engine does, an answer has the same tokens and log-probabilities.
import Basics
import ModelFamilies
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

@Suite("Schedules of the engine")
struct EngineScheduleTests {
    private static let ends: Set<Int32> = [758, 756]

    /// An engine whose cache has exactly `pages` pages.
    static func engine(
        _ model: LanguageModel, pages: Int = 200, prefillTokens: Int = 512, reuses: Bool = true,
        ends: Set<Int32> = ends
    ) -> GenerationEngine {
        var options = EngineOptions()
        options.cacheBytes = KeyValueCache.byteCount(model.text, rowCount: pages * PagedCache.pageTokens)
        (options.prefillTokens, options.reusesPrefixes) = (prefillTokens, reuses)
        let engine = GenerationEngine(model: model, endTokenIDs: ends, options: options)
        // The memory may have room for a few more.
        engine.cache.limit(pages: pages)
        return engine
    }

    /// Requests of several kinds: prompts with common beginnings and pictures, groups, every option.
    private func requests(_ model: LanguageModel) throws -> [GenerationRequest] {
        let prompts = try [ReferenceCase.textOnly, .oneImage, .twoImages].map { try $0.prompt() }
        let long = try Prompt(
            ids: (0..<3).flatMap { _ in prompts[0].ids }, visuals: [], configuration: model.configuration)
        var random = Seeded(11)
        return try (0..<9).map { number in
            var prompt = (prompts + [long])[number % 4]
            if number > 5 {
                // The beginning of another prompt, then something else.
                let ids = long.ids.prefix(40 + 13 * number) + [7, 8, 9].map { $0 + Int32(number) }
                prompt = try Prompt(ids: Array(ids), visuals: [], configuration: model.configuration)
            }
            var options = SamplingOptions()
            options.temperature = [0, 0.7, 1, 1.3][Int.random(in: 0..<4, using: &random)]
            // The first ones fill several pages, so that they push others out.
            options.maxNewTokens = number < 3 ? 50 : Int.random(in: 1...14, using: &random)
            options.topK = [0, 0, 20][Int.random(in: 0..<3, using: &random)]
            options.topP = [1, 1, 0.9][Int.random(in: 0..<3, using: &random)]
            options.minP = [0, 0, 0.02][Int.random(in: 0..<3, using: &random)]
            options.repetitionPenalty = [1, 1.1][number % 2]
            (options.presencePenalty, options.frequencyPenalty) = (number % 3 == 0 ? 0.5 : 0, 0.1)
            options.seed = UInt64(number)
            return GenerationRequest(
                prompt: prompt, answerCount: [1, 3, 2][number % 3], number: UInt64(number), options: options)
        }
    }

    /// Steps an engine and collects its answers.
    struct Collector {
        let engine: GenerationEngine
        private(set) var answers: [RequestID: [Generation]] = [:]
        private(set) var failures: [String] = []

        init(_ engine: GenerationEngine) { self.engine = engine }

        mutating func submit(_ request: GenerationRequest) throws -> RequestID {
            let id = try engine.submit(request)
            answers[id] = Array(repeating: Generation(), count: request.answerCount)
            return id
        }

        mutating func step() throws {
            for event in try engine.step() {
                switch event {
                case .started: break
                case .token(let id, let answer, let token):
                    answers[id]?[answer].ids.append(token.id)
                    answers[id]?[answer].logProbabilities.append(token.logProbability)
                case .finished(let id, let answer, let reason, _): answers[id]?[answer].finishReason = reason
                case .failed(_, let error): failures.append("\(error)")
                }
            }
        }

        mutating func finish() throws { while engine.hasWork { try step() } }
    }

    @Test(
        "Tokens and log-probabilities are those of a request alone, in every schedule of submits and cancels")
    func schedules() throws {
        let model = try ReferenceCase.oneImage.model()
        let requests = try requests(model)
        let expected = try requests.map { request in
            var alone = Collector(Self.engine(model, reuses: false))
            let id = try alone.submit(request)
            try alone.finish()
            return alone.answers[id] ?? []
        }
        let needed = requests.map { PagedCache.pageCount($0.prompt.ids.count + $0.options.maxNewTokens - 1) }
        // The fewest pages with which each can be answered, a few more, and plenty.
        let fewest = needed.max() ?? 0
        var (seed, pushedOut): (UInt64, [Bool: Int]) = (0, [:])
        for pages in [fewest, fewest + 4, 200] {
            for (reuses, prefillTokens) in [(true, 5), (true, 512), (false, 5), (false, 512)] {
                let engine = Self.engine(model, pages: pages, prefillTokens: prefillTokens, reuses: reuses)
                seed += 1
                try run(engine, requests, expected, seed: seed, pages: pages)
                pushedOut[reuses, default: 0] += engine.statistics.pushedOut
            }
        }
        #expect(pushedOut.count == 2 && pushedOut.values.allSatisfy { $0 > 0 })
    }

    /// Submits the requests in a random order, cancels three of them at random times and submits these once more.
    private func run(
        _ engine: GenerationEngine, _ requests: [GenerationRequest], _ expected: [[Generation]], seed: UInt64,
        pages: Int
    ) throws {
        var random = Seeded(seed)
        var collector = Collector(engine)
        var (order, places) = (Array(requests.indices).shuffled(using: &random)[...], [RequestID: Int]())
        var cancelled: [(id: RequestID, place: Int)] = []
        while engine.hasWork || !order.isEmpty {
            if Bool.random(using: &random), let place = order.popFirst() {
                places[try collector.submit(requests[place])] = place
            }
            if Int.random(in: 0..<6, using: &random) == 0, cancelled.count < 3,
                let (id, place) = places.min(by: { $0.key < $1.key })
            {
                engine.cancel(id)
                cancelled.append((id, place))
                places[id] = nil
                order.append(place)
            }
            try collector.step()
            let now = engine.statistics
            #expect(now.usedPages + now.keptPages <= pages)
            #expect(now.cacheBytes <= engine.options.cacheBytes ?? 0)
        }
        #expect(collector.failures.isEmpty && engine.statistics.usedPages == 0)
        #expect(places.count == requests.count && cancelled.count == 3)
        for (id, place) in places {
            for (found, alone) in zip(collector.answers[id] ?? [], expected[place]) {
                #expect(found.ids == alone.ids && found.finishReason == alone.finishReason)
                #expect(found.logProbabilities == alone.logProbabilities, "request \(place)")
            }
        }
        for (id, place) in cancelled {
            for (found, alone) in zip(collector.answers[id] ?? [], expected[place]) {
                #expect(alone.ids.starts(with: found.ids))
            }
        }
    }

    @Test("A long prompt delays neither a running answer nor a short prompt by more than a step")
    func chunks() throws {
        let model = try ReferenceCase.textOnly.model()
        let prompt = try ReferenceCase.textOnly.prompt()
        let long = try Prompt(
            ids: (0..<8).flatMap { _ in prompt.ids }, visuals: [], configuration: model.configuration)
        let engine = Self.engine(model, prefillTokens: 2 * prompt.ids.count, reuses: false, ends: [])
        var options = SamplingOptions()
        options.maxNewTokens = 30
        let running = try engine.submit(GenerationRequest(prompt: prompt, number: 0, options: options))
        _ = try engine.step()
        let slow = try engine.submit(GenerationRequest(prompt: long, number: 1, options: options))
        _ = try engine.step()
        let quick = try engine.submit(GenerationRequest(prompt: prompt, number: 2, options: options))
        var tokens: [RequestID: Int] = [:]
        for step in 1...3 {
            for case .token(let id, _, _) in try engine.step() { tokens[id, default: 0] += 1 }
            #expect(tokens == [running: step, quick: step])
        }
        var steps = 3
        while tokens[slow] == nil {
            for case .token(let id, _, _) in try engine.step() { tokens[id, default: 0] += 1 }
            steps += 1
        }
        #expect((4...8).contains(steps))
        #expect(
            Scheduler.shares([1, 100, 1, 30, 5, 60], budget: 40) == [1, 20, 1, 15, 5, 0]
                && Scheduler.shares([1, 100, 3], budget: 40) == [1, 37, 3]
                && Scheduler.shares([1, 1], budget: 1) == [1, 1]
                && Scheduler.shares([9, 2], budget: 1) == [1, 0])
    }

    @Test("What can never fit is refused with the numbers; a cancelled prompt gives its pages back at once")
    func limits() throws {
        let model = try ReferenceCase.oneImage.model()
        let prompt = try ReferenceCase.oneImage.prompt()
        let pages = PagedCache.pageCount(prompt.ids.count + 9)
        let engine = Self.engine(model, pages: pages, prefillTokens: 8, ends: [])
        #expect(engine.cache.mostPages == pages)
        var options = SamplingOptions.greedy
        options.maxNewTokens = pages * PagedCache.pageTokens - prompt.ids.count + 2
        #expect {
            try engine.submit(GenerationRequest(prompt: prompt, number: 0, options: options))
        } throws: {
            "\($0)".contains("needs \(pages + 1) pages of 32 tokens, the cache has \(pages) (")
        }
        #expect(throws: ModelError.self) {
            try engine.submit(GenerationRequest(prompt: prompt, answerCount: 0, number: 0))
        }
        options.stop = ["."]
        options.maxNewTokens = 1
        #expect(throws: ModelError.self) {
            try engine.submit(GenerationRequest(prompt: prompt, number: 0, options: options))
        }
        var small = EngineOptions()
        small.featureBytes = prompt.visualRows.count * model.configuration.text.hiddenSize * 4 - 1
        #expect {
            try GenerationEngine(model: model, endTokenIDs: [], options: small).submit(
                GenerationRequest(prompt: prompt, number: 0))
        } throws: { "\($0)".contains("a picture of \(prompt.visualRows.count) tokens") }

        options.stop = []
        let id = try engine.submit(GenerationRequest(prompt: prompt, number: 0, options: options))
        _ = try engine.step()
        #expect(engine.statistics.usedPages > 0 && engine.statistics.generatedTokens == 0)
        engine.cancel(id)
        #expect(engine.statistics.usedPages == 0 && engine.hasWork)
        let events = try engine.step()
        guard events.count == 1, case .finished(id, 0, .cancelled, let text) = events[0] else {
            Issue.record("\(events)")
            return
        }
        #expect(text.isEmpty && !engine.hasWork)
    }
}
