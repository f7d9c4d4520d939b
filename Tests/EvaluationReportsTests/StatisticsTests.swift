// The statistics, held against computed vectors and against their definitions.
import Foundation
import ReportPages
import StrictJSON
import TestKit
import Testing

@testable import EvaluationReports

/// The vectors of `Tests/Fixtures/benchmarks/eval_stats_vectors.json`.
struct StatisticsVectors: Decodable {
    struct Accuracy: Decodable {
        let right, n: Int
        let accuracy, standardError: Double
        let wilson95, bootstrapPercentile95: [Double]
    }
    struct McNemar: Decodable {
        let onlyA, onlyB: Int
        let exact, midP, chi2cc, chi2ccP: Double
    }
    struct Paired: Decodable {
        let n, onlyA, onlyB: Int
        let difference, standardError, bootstrapTolerance: Double
        let normal95, bootstrap95: [Double]
    }
    struct SignFlip: Decodable {
        let differences: [Double]
        let mean, p: Double
    }
    struct PassAtK: Decodable {
        let n, right, k: Int
        let value: Double
    }
    struct Average: Decodable {
        let rows: [[Int]]
        let avg, clusterStandardError, naiveStandardError, pass2, pass4: Double
    }
    struct Holm: Decodable { let p, adjusted: [Double] }
    struct Macro: Decodable {
        struct Category: Decodable { let right, n: Int }
        let categories: [String: Category]
        let micro, macro, macroStandardError: Double
    }
    struct Detectable: Decodable {
        let n: Int
        let discordant, difference: Double
    }
    let accuracy: [Accuracy]
    let mcnemar: [McNemar]
    let pairedDifference: [Paired]
    let signFlip: [SignFlip]
    let passAtK: [PassAtK]
    let avgAtN: Average
    let holm: [Holm]
    let macro: Macro
    let detectable: [Detectable]

    static func read() throws -> StatisticsVectors {
        try JSONDecoder().decode(
            StatisticsVectors.self, from: Data(Fixtures.bytes("benchmarks/eval_stats_vectors.json")))
    }
}

/// Whether two numbers agree to a relative and absolute tolerance.
func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-11) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(b))
}

/// `questions` values of which some are 1, some -1, the rest 0.
func values(_ count: Int, ones: Int, minusOnes: Int = 0) -> [Double] {
    (0..<count).map { $0 < ones ? 1 : $0 < ones + minusOnes ? -1 : 0 }
}

@Suite struct StatisticsTests {
    let vectors: StatisticsVectors

    init() throws { vectors = try .read() }

    @Test("A share has its standard error, Wilson's interval and the exact quantiles of the bootstrap")
    func proportions() throws {
        #expect(vectors.accuracy.count == 6)
        for vector in vectors.accuracy {
            let share = Proportion(right: vector.right, of: vector.n)
            #expect(close(share.value, vector.accuracy))
            #expect(close(share.standardError, vector.standardError))
            // The vectors have eight digits.
            #expect(close(share.wilson.low, vector.wilson95[0], 1e-8))
            #expect(close(share.wilson.high, vector.wilson95[1], 1e-8))
            #expect(close(share.bootstrap.low, vector.bootstrapPercentile95[0]))
            #expect(close(share.bootstrap.high, vector.bootstrapPercentile95[1]))
        }
    }

    @Test("Drawn bootstrap limits of right and wrong answers agree with the exact ones")
    func drawnLimits() throws {
        for vector in vectors.accuracy {
            let drawn = try #require(Bootstrap.interval(values(vector.n, ones: vector.right)))
            // The error of a percentile of 10,000 draws is about 0.03 standard errors.
            let room = 0.1 * vector.standardError + 1e-9 + (vector.n < 1000 ? 1 / Double(vector.n) : 0)
            #expect(abs(drawn.low - vector.bootstrapPercentile95[0]) < room)
            #expect(abs(drawn.high - vector.bootstrapPercentile95[1]) < room)
        }
    }

    @Test("McNemar's exact p, mid-p and corrected chi-squared")
    func mcnemar() {
        #expect(vectors.mcnemar.count == 7)
        for vector in vectors.mcnemar {
            let test = McNemar(onlyFirst: vector.onlyA, onlySecond: vector.onlyB)
            #expect(close(test.exact, vector.exact))
            #expect(close(test.midP, vector.midP))
            #expect(close(test.corrected, vector.chi2cc))
            #expect(close(test.correctedP, vector.chi2ccP))
            let swapped = McNemar(onlyFirst: vector.onlyB, onlySecond: vector.onlyA)
            #expect(swapped.exact == test.exact)
        }
    }

    @Test("A paired difference with its error, normal interval and paired bootstrap")
    func paired() throws {
        #expect(vectors.pairedDifference.count == 3)
        for vector in vectors.pairedDifference {
            let differences = values(vector.n, ones: vector.onlyB, minusOnes: vector.onlyA)
            let found = try #require(PairedDifference(groups: [differences]))
            #expect(close(found.difference, vector.difference))
            #expect(close(found.standardError, vector.standardError))
            #expect(close(found.normal.low, vector.normal95[0]))
            #expect(close(found.normal.high, vector.normal95[1]))
            #expect(abs(found.bootstrap.low - vector.bootstrap95[0]) <= vector.bootstrapTolerance)
            #expect(abs(found.bootstrap.high - vector.bootstrap95[1]) <= vector.bootstrapTolerance)
            #expect(try #require(PairedDifference(groups: [differences])) == found)
        }
    }

    @Test("Sign flips: exact for few differences, and drawn ones agree")
    func signFlips() {
        #expect(vectors.signFlip.count == 4)
        for vector in vectors.signFlip {
            #expect(close(SignFlips.p(vector.differences), vector.p))
            #expect(close(SampleMoments(vector.differences).mean, vector.mean))
        }
        #expect(SignFlips.p([]) == 1)
        #expect(SignFlips.p([0, 0, 0]) == 1)
        // Twenty equal differences: only all plus and all minus are as far.
        #expect(close(SignFlips.p(Array(repeating: 0.3, count: 20)), 2 / 0x1p20))
        // With right and wrong answers the test is McNemar's.
        let drawn = SignFlips.p(values(500, ones: 71, minusOnes: 40))
        let exact = McNemar(onlyFirst: 40, onlySecond: 71).exact
        #expect(abs(drawn - exact) < 0.003)
        #expect(drawn > 0)
    }

    @Test("pass@k and avg@n with the error over questions")
    func samples() {
        #expect(vectors.passAtK.count == 12)
        for vector in vectors.passAtK {
            #expect(close(passAtK(vector.k, right: vector.right, of: vector.n), vector.value))
        }
        let rows = vectors.avgAtN.rows
        let means = rows.map { Double($0.reduce(0, +)) / Double($0.count) }
        let mean = clusteredMean(means)
        #expect(close(mean.mean, vectors.avgAtN.avg))
        #expect(close(mean.standardError ?? 0, vectors.avgAtN.clusterStandardError))
        for (k, expected) in [(2, vectors.avgAtN.pass2), (4, vectors.avgAtN.pass4)] {
            let passes = rows.map { passAtK(k, right: $0.reduce(0, +), of: $0.count) }
            #expect(close(clusteredMean(passes).mean, expected))
        }
        let all = Proportion(right: rows.joined().reduce(0, +), of: rows.joined().count)
        #expect(close(all.standardError, vectors.avgAtN.naiveStandardError))
    }

    @Test("Holm's correction, and the detectable difference")
    func holm() {
        for vector in vectors.holm {
            #expect(zip(holmAdjusted(vector.p), vector.adjusted).allSatisfy { close($0, $1) })
        }
        #expect(holmAdjusted([]) == [])
        for vector in vectors.detectable {
            let found = detectableDifference(count: vector.n, discordant: vector.discordant)
            #expect(close(found, vector.difference))
        }
    }

    @Test("The macro mean and its error")
    func macro() throws {
        let groups = vectors.macro.categories.sorted { $0.key < $1.key }.map {
            values($0.value.n, ones: $0.value.right)
        }
        let score = Score(groups: groups, axis: "category", name: "mean")
        #expect(close(try #require(score.value), vectors.macro.macro))
        #expect(close(try #require(score.standardError), vectors.macro.macroStandardError))
        let micro = Score(groups.flatMap { $0 }, name: "all", measure: .accuracy)
        #expect(close(try #require(micro.value), vectors.macro.micro))
        let interval = try #require(score.bootstrap)
        #expect(abs(interval.low - (vectors.macro.macro - 1.96 * vectors.macro.macroStandardError)) < 0.004)
        #expect(abs(interval.high - (vectors.macro.macro + 1.96 * vectors.macro.macroStandardError)) < 0.004)
    }

    @Test("The binomial distribution is exact for small numbers of trials")
    func binomial() {
        let fair = Binomial(count: 4, probability: 0.5)
        #expect((0...4).allSatisfy { close(fair.mass($0), [1.0, 4, 6, 4, 1][$0] / 16) })
        #expect(close(fair.atMost(1), 5.0 / 16))
        #expect((fair.quantile(0.05), fair.quantile(0.5), fair.quantile(1)) == (0, 2, 4))
        #expect(Binomial(count: 0, probability: 0.3).atMost(0) == 1)
        #expect(Binomial(count: 7, probability: 0).quantile(0.975) == 0)
        #expect(Binomial(count: 7, probability: 1).quantile(0.025) == 7)
        #expect(Binomial(count: 7, probability: 1).atMost(6) == 0)
    }

    @Test("A million questions: probabilities are right in the middle and in far tails")
    func million() throws {
        let count = 1_000_000
        let share = Proportion(right: 300_000, of: count)
        // At this size the quantiles are the normal ones to a few questions.
        let half = NormalQuantile.twoSided95 * share.standardError
        #expect(abs(share.bootstrap.low - (0.3 - half)) < 3e-6)
        #expect(abs(share.bootstrap.high - (0.3 + half)) < 3e-6)
        #expect(abs(share.wilson.low - (0.3 - half)) < 2e-6)
        // ln P(X <= 490,000) of 1,000,000 fair trials, by the series of the normal tail: z = -20.
        let tail = Binomial(count: count, probability: 0.5).atMost(490_000)
        #expect(abs(log(tail) - -203.92) < 0.1)
        #expect(McNemar(onlyFirst: 500_000, onlySecond: 500_000).exact == 1)
        #expect(McNemar(onlyFirst: 0, onlySecond: 1_000_000).exact == 0)
        #expect(McNemar(onlyFirst: 1, onlySecond: 999).exact > 0)
        let difference = try #require(
            PairedDifference(groups: [values(count, ones: 31_000, minusOnes: 30_000)]))
        #expect(close(difference.difference, 0.001))
        let room = 0.1 * difference.standardError
        #expect(abs(difference.bootstrap.low - difference.normal.low) < room)
        #expect(abs(difference.bootstrap.high - difference.normal.high) < room)
        #expect(passAtK(10, right: 1, of: count) > 0)
    }

    @Test("A draw from the binomial distribution is a function of its number, with the right masses")
    func draws() {
        let exact = Binomial(count: 9, probability: 0.3)
        var counts = Array(repeating: 0, count: 10)
        let rounds = 40_000
        for round in 0..<rounds {
            counts[
                binomialDraw(
                    count: 9, probability: 0.3, uniform: (Double(round) + 0.5) / Double(rounds))] += 1
        }
        for successes in 0...9 {
            #expect(abs(Double(counts[successes]) / Double(rounds) - exact.mass(successes)) < 1e-4)
        }
        #expect(binomialDraw(count: 0, probability: 0.5, uniform: 0.9) == 0)
        #expect(binomialDraw(count: 5, probability: 1, uniform: 0.9) == 5)
        #expect(binomialDraw(count: 5, probability: 0, uniform: 0.9) == 0)
        for uniform in [0, 1.0.nextDown] {
            #expect(
                (0...1_000_000).contains(binomialDraw(count: 1_000_000, probability: 0.5, uniform: uniform)))
        }
    }

    @Test("The bootstrap of many distinct values is near the normal interval; groups are resampled apart")
    func manyValues() throws {
        let overlaps = (0..<300).map { Double(($0 * 7919) % 300) / 300 }
        let moments = SampleMoments(overlaps)
        let interval = try #require(Bootstrap.interval(overlaps))
        let half = 1.96 * (moments.variance / 300).squareRoot()
        #expect(abs(interval.low - (moments.mean - half)) < 0.004)
        #expect(abs(interval.high - (moments.mean + half)) < 0.004)
        #expect(Bootstrap.interval([]) == nil)
        #expect(Bootstrap.interval([0.25]) == Interval(low: 0.25, high: 0.25))
        // The groups differ, but nothing varies inside them.
        let constant = try #require(
            Bootstrap.interval(groups: [[0, 0, 0], [1, 1], []]))
        #expect(constant == Interval(low: 0.5, high: 0.5))
    }
}
