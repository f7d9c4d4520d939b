// One step of sampling: the reference's logits processors, random numbers, what top-k and top-p keep.
import Basics
import Foundation
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

/// How far counts are from what the probabilities promise, in deviations of the chi-square statistic.
///
/// Tokens expected fewer than 5 times are counted together.
func chiSquareExcess(_ drawn: [Int32], logits: [Double]) -> Double {
    let largest = logits.max() ?? 0
    let weights = logits.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    var counts = [Double](repeating: 0, count: logits.count)
    for id in drawn { counts[Int(id)] += 1 }
    var cells: [(expected: Double, found: Double)] = [(0, 0)]
    for (weight, count) in zip(weights, counts) {
        let expected = weight / total * Double(drawn.count)
        if expected >= 5 {
            cells.append((expected, count))
        } else {
            cells[0] = (cells[0].expected + expected, cells[0].found + count)
        }
    }
    if cells[0].expected < 5 { cells.removeFirst() }
    let statistic = cells.reduce(0) { $0 + ($1.found - $1.expected) * ($1.found - $1.expected) / $1.expected }
    let freedom = Double(cells.count - 1)
    return (statistic - freedom) / (2 * freedom).squareRoot()
}

/// Draws single tokens with the options of a request.
private struct Sampler {
    let options: SamplingOptions
    let banned: [Int32]

    func draw(_ logits: inout [Float], seen: Set<Int32>, uniform: Double) -> RatedToken {
        let counts = TokenCounts(prompt: Array(seen), options)
        let draw = options.draw(row: 0, counts, banned: banned, uniforms: [uniform])
        return Tensor(logits, shape: [1, logits.count]).drawingTokens([draw])[0].tokens[0]
    }
}

@Suite("Sampling")
struct SamplerTests {
    private func sampler(banned: [Int32] = [], _ change: (inout SamplingOptions) -> Void) -> Sampler {
        var options = SamplingOptions()
        change(&options)
        return Sampler(options: options, banned: banned)
    }

    /// Every token that even steps of the random number reach, with its share of the steps.
    private func shares(_ sampler: Sampler, _ logits: [Float], seen: Set<Int32> = [], steps: Int) -> [Int32:
        Double]
    {
        var counts: [Int32: Double] = [:]
        for step in 0..<steps {
            var row = logits
            let uniform = (Double(step) + 0.5) / Double(steps)
            counts[sampler.draw(&row, seen: seen, uniform: uniform).id, default: 0] += 1 / Double(steps)
        }
        return counts
    }

    @Test("Philox4x32-10 gives the published words for counter 0 and key 0")
    func philox() {
        #expect(
            Philox(seed: 0).words(0, 0, 0, 0) == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    }

    @Test("Uniform numbers fill [0, 1) evenly and differ in every coordinate")
    func uniform() {
        let random = Philox(seed: 0x1234_5678_9ABC_DEF0)
        let numbers = (0..<20_000).map { random.uniform(request: 7, sample: $0 % 8, position: $0 / 8) }
        #expect(numbers.allSatisfy { $0 >= 0 && $0 < 1 } && Set(numbers).count == numbers.count)
        #expect(chiSquareExcess(numbers.map { Int32($0 * 100) }, logits: Array(repeating: 0, count: 100)) < 4)
        let origin = random.uniform(request: 1, sample: 1, position: 1)
        #expect(random.uniform(request: 1 + 1 << 32, sample: 1, position: 1) != origin)
        #expect(random.uniform(request: 1, sample: 2, position: 1) != origin)
        #expect(random.uniform(request: 1, sample: 1, position: 2) != origin)
        #expect(Philox(seed: 1).uniform(request: 1, sample: 1, position: 1) != origin)
        #expect(Philox(seed: 1 << 32).uniform(request: 1, sample: 1, position: 1) != origin)
    }

    @Test("Penalty, temperature, top-k and top-p in turn keep the reference's set and probabilities")
    func processors() throws {
        let golden = try Golden("logits_processors")
        let (scores, seen) = (try golden.floats("scores"), Set(try golden.integers("input_ids")))
        let steps = 2000
        func kept(_ array: String, _ change: (inout SamplingOptions) -> Void) throws {
            let expected = try golden.floats(array)
            let finite = expected.filter(\.isFinite)
            let logSum = LogitStatistics(expected).logSum
            let found = shares(sampler(change), scores, seen: seen, steps: steps)
            for (id, logit) in expected.enumerated() {
                let probability = logit.isFinite ? Double(exp(logit - logSum)) : 0
                let share = found[Int32(id)] ?? 0
                #expect(abs(share - probability) <= 1.5 / Double(steps), "\(array): token \(id)")
                if !logit.isFinite { #expect(share == 0, "\(array): token \(id)") }
            }
            #expect(found.count <= finite.count)
        }
        try kept("after_topk_50") { ($0.repetitionPenalty, $0.temperature, $0.topK) = (1.05, 0.7, 50) }
        try kept("after_topp_0.8") {
            ($0.repetitionPenalty, $0.temperature, $0.topK, $0.topP) = (1.05, 0.7, 50, 0.8)
        }
    }

    @Test("The reported log-probability is taken after penalty and temperature, before top-k and top-p")
    func logProbability() throws {
        let golden = try Golden("logits_processors")
        let (scores, seen) = (try golden.floats("scores"), Set(try golden.integers("input_ids")))
        for (array, temperature) in [("after_rep_1.05", 1.0), ("after_temp_0.7", 0.7)] {
            let expected = try golden.floats(array)
            let logSum = LogitStatistics(expected).logSum
            let sampler = sampler {
                ($0.repetitionPenalty, $0.temperature, $0.topK, $0.topP) = (1.05, temperature, 50, 0.8)
            }
            for uniform in [0, 0.2, 0.5, 0.9, 0.999] {
                var row = scores
                let found = sampler.draw(&row, seen: seen, uniform: uniform)
                expectClose(
                    Double(found.logProbability), Double(expected[Int(found.id)] - logSum),
                    absolute: 1e-5, array)
            }
        }
    }

    @Test("top-p keeps the smallest set that reaches it, and at least one token")
    func nucleus() {
        let logits = [0.1, 0.4, 0.3, 0.2].map { Float(log($0)) }
        func set(_ topP: Double) -> Set<Int32> {
            Set(shares(sampler { $0.topP = topP }, logits, steps: 400).keys)
        }
        #expect(set(0.05) == [1] && set(0.39) == [1])
        #expect(set(0.41) == [1, 2] && set(0.69) == [1, 2])
        #expect(set(0.71) == [1, 2, 3] && set(0.91) == [0, 1, 2, 3])
    }

    @Test("top-k keeps the k likeliest, and ties of the last one as the reference does")
    func topK() {
        let logits: [Float] = [3, 1, 2, 2, 0]
        func set(_ topK: Int) -> Set<Int32> {
            Set(shares(sampler { $0.topK = topK }, logits, steps: 400).keys)
        }
        #expect(set(1) == [0] && set(2) == [0, 2, 3] && set(3) == [0, 2, 3] && set(4) == [0, 1, 2, 3])
        #expect(set(5) == [0, 1, 2, 3, 4] && set(50) == set(5))
    }

    @Test("Greedy takes the lowest id among equals and passes over banned tokens")
    func argmax() {
        let greedy = sampler(banned: [1]) { $0.temperature = 0 }
        var row: [Float] = [1, 9, 3, 3]
        let found = greedy.draw(&row, seen: [], uniform: 0.99)
        let (id, logProbability) = (found.id, found.logProbability)
        #expect(id == 2)
        expectClose(
            Double(logProbability), 3 - log(exp(1) + exp(9) + 2 * exp(3)), absolute: 1e-5, "all tokens count")
        let excluding = sampler(banned: [1]) {
            ($0.temperature, $0.excludesBannedFromProbabilities) = (0, true)
        }
        row = [1, 9, 3, 3]
        expectClose(
            Double(excluding.draw(&row, seen: [], uniform: 0).logProbability), 3 - log(exp(1) + 2 * exp(3)),
            absolute: 1e-5, "banned tokens left out")
    }

    @Test(
        "The bias comes first, then repetition over prompt and answer, then frequency and presence over the answer"
    )
    func penalties() {
        var options = SamplingOptions.greedy
        options.logitBias = [0: 1, 3: -2]
        (options.repetitionPenalty, options.frequencyPenalty, options.presencePenalty) = (2, 0.25, 0.5)
        var counts = TokenCounts(prompt: [0, 1], options)
        for id in [1, 1, 2] as [Int32] { counts.add(id) }
        options.alternatives = 5
        let draw = options.draw(row: 0, counts, banned: [], uniforms: [0])
        let drawn = Tensor([3, -1, 4, 6, 0], shape: [1, 5]).drawingTokens([draw])[0]
        // (3 + 1) / 2; -1 * 2 - 2 * 0.25 - 0.5; 4 / 2 - 0.25 - 0.5; 6 - 2; 0.
        let logits: [Int32: Double] = [0: 2, 1: -3, 2: 1.25, 3: 4, 4: 0]
        let logSum = log(logits.values.reduce(0) { $0 + exp($1) })
        #expect(drawn.tokens[0].id == 3 && drawn.alternatives.map(\.id) == [3, 0, 2, 4, 1])
        for token in drawn.alternatives {
            expectClose(
                Double(token.logProbability), (logits[token.id] ?? .nan) - logSum, absolute: 1e-5,
                "token \(token.id)")
        }
    }

    @Test(
        "Settings out of range are refused by name",
        arguments: [
            ("temperature", -1.0), ("temperature", .infinity), ("top-k", -1), ("top-p", 0), ("top-p", 1.5),
            ("repetition-penalty", 0), ("max-tokens", 0), ("min-p", 1), ("presence-penalty", 2.5),
            ("frequency-penalty", .nan), ("logit bias", 101), ("stop", 0), ("alternatives", 21),
        ])
    func range(_ name: String, _ value: Double) throws {
        var options = SamplingOptions()
        switch name {
        case "temperature": options.temperature = value
        case "top-k": options.topK = Int(value)
        case "top-p": options.topP = value
        case "min-p": options.minP = value
        case "presence-penalty": options.presencePenalty = value
        case "frequency-penalty": options.frequencyPenalty = value
        case "logit bias": options.logitBias = [3: Float(value)]
        case "stop": options.stop = ["end", ""]
        case "alternatives": options.alternatives = Int(value)
        case "repetition-penalty": options.repetitionPenalty = value
        default: options.maxNewTokens = Int(value)
        }
        let error = #expect(throws: ModelError.self) { try options.validate() }
        #expect(try #require(error).description.contains(name))
    }
}
