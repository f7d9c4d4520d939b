// Paired comparisons of runs.
import Foundation
import StrictJSON
import Testing

@testable import EvaluationReports

@Suite struct EvaluationComparisonTests {
    /// Runs that differ on the first `broken` and the next `fixed` questions; half of the others are right in both.
    private func runs(_ count: Int, broken: Int, fixed: Int, set: String = "MMStar") -> [EvaluatedRun] {
        func answers(_ place: Int) -> [ScoredAnswer] {
            (0..<count).map { index in
                let isCorrect =
                    index < broken
                    ? place == 0 : index < broken + fixed ? place == 1 : index.isMultiple(of: 2)
                return Made.answer("\(index)", isCorrect, set: set, ["category": ["math"]])
            }
        }
        return [Made.run("base", answers(0)), Made.run("new", answers(1).reversed())]
    }

    @Test("The difference has its error, intervals and tests; rows are paired by identifier in any order")
    func difference() throws {
        let found = try #require(EvaluationComparison(runs(1000, broken: 40, fixed: 71)).sets.first)
        #expect(abs(found.difference.difference - 0.031) < 1e-12)
        #expect(abs(found.difference.standardError - 0.010489947568982411) < 1e-12)
        #expect(abs((found.exactP ?? 0) - 0.004195534185394861) < 1e-12)
        #expect(abs((found.midP ?? 0) - 0.0032169399516518375) < 1e-12)
        #expect(found.adjustedP == found.exactP)
        #expect(found.outcomes == [.broken: 40, .fixed: 71, .bothWrong: 445, .bothRight: 444])
        #expect(abs((found.detectable ?? 0) - 2.8015852181129683 * (0.111 / 1000).squareRoot()) < 1e-12)
        let group = try #require(found.groups.first { $0.name == "math" })
        #expect((group.broken, group.fixed, group.difference) == (40, 71, found.difference))
        #expect(found.groups.first { $0.name == "logical reasoning" }?.difference == nil)
    }

    @Test("A run compared with itself has d = 0 and p = 1 everywhere")
    func same() throws {
        let answers = SampleRuns().runs()[0].answers
        let comparison = try EvaluationComparison([Made.run("a", answers), Made.run("b", answers)])
        #expect(comparison.sets.count == 14)
        for set in comparison.sets {
            #expect(set.difference.difference == 0)
            #expect(set.difference.standardError == 0)
            #expect(set.difference.bootstrap == Interval(low: 0, high: 0))
            #expect((set.exactP, set.midP, set.signFlipP, set.adjustedP) == (1, 1, 1, 1))
            #expect(set.detectable == nil)
            #expect(set.overlap?.p ?? 1 == 1)
            #expect(set.groups.allSatisfy { $0.difference?.difference ?? 0 == 0 })
        }
    }

    @Test("Other questions are an error that names some of them")
    func otherQuestions() throws {
        let (first, second) = (Made.answers(3, of: 8), Made.answers(3, of: 8, start: 1))
        #expect(
            throws: EvaluationReportError.differentQuestions(
                set: "MMStar", first: "a", second: "b", onlyFirst: ["0"], onlySecond: ["8"])
        ) {
            try EvaluationComparison([Made.run("a", first), Made.run("b", second)])
        }
        #expect {
            try EvaluationComparison([
                Made.run("a", Made.answers(3, of: 30)), Made.run("b", Made.answers(3, of: 20)),
            ])
        } throws: {
            "\($0)".contains("only a has 10 (20, 21, 22, 23, 24, ...)")
        }
    }

    @Test("A question with other rotations is another question")
    func otherRotations() throws {
        let base = [Made.answer("0", true, unit: "0"), Made.answer("10", true, unit: "0", rotation: 1)]
        #expect(throws: EvaluationReportError.self) {
            try EvaluationComparison([Made.run("a", base), Made.run("b", [base[0]])])
        }
    }

    @Test("P-values are corrected for the number of sets, each rule by itself")
    func holm() throws {
        let one = runs(500, broken: 5, fixed: 25), two = runs(500, broken: 10, fixed: 22, set: "Other")
        let joined = zip(one, two).map { first, second in
            Made.run(
                first.name,
                first.answers + second.answers
                    + first.answers.map {
                        var answer = $0
                        answer.rule = "mmstar.official"
                        return answer
                    })
        }
        let sets = try EvaluationComparison(joined).sets
        let own = sets.filter { $0.rule == "r1" }
        #expect(own.map(\.adjustedP) == holmAdjusted(own.map(\.p)))
        #expect(own.count == 2)
        let official = try #require(sets.first { $0.rule == "mmstar.official" })
        #expect(official.adjustedP == official.p)
    }

    @Test("Several samples are compared by sign flips of the shares")
    func samples() throws {
        func answers(_ rights: [Int]) -> [ScoredAnswer] {
            rights.enumerated().flatMap { question, right in
                (0..<4).map { Made.answer("\(question)", $0 < right, sample: $0) }
            }
        }
        let found = try #require(
            EvaluationComparison([
                Made.run("a", answers([0, 1, 2, 0, 4, 1])), Made.run("b", answers([2, 2, 1, 3, 4, 2])),
            ]).sets.first)
        #expect(found.exactP == nil && found.midP == nil)
        #expect(found.signFlipP == SignFlips.p([0.5, 0.25, -0.25, 0.75, 0, 0.25]))
        #expect(found.p == found.signFlipP)
        #expect(found.outcomes == [.fixed: 4, .broken: 1, .bothRight: 1])
    }

    @Test("ChartQA's difference is that of the mean of halves; boxes also have the difference of mean IoU")
    func groups() throws {
        func half(_ right: Int, _ count: Int, _ name: String, _ start: Int) -> [ScoredAnswer] {
            Made.answers(
                right, of: count, set: "ChartQA", benchmark: "chartqa", start: start, ["half": [name]])
        }
        let chart = try #require(
            EvaluationComparison([
                Made.run("a", half(1, 10, "human", 0) + half(2, 5, "augmented", 100)),
                Made.run("b", half(3, 10, "human", 0) + half(2, 5, "augmented", 100)),
            ]).sets.first)
        #expect(abs(chart.difference.difference - 0.1) < 1e-12)
        #expect(chart.difference.count == 15)
        func boxes(_ overlaps: [Double]) -> [ScoredAnswer] {
            overlaps.enumerated().map {
                var answer = Made.answer("\($0)", $1 >= 0.5, set: "RefCOCO", benchmark: "refcoco")
                answer.score = $1
                return answer
            }
        }
        let box = try #require(
            EvaluationComparison([
                Made.run("a", boxes([0.2, 0.6, 0.1])), Made.run("b", boxes([0.4, 0.7, 0.1])),
            ]).sets.first)
        #expect(box.difference.difference == 0)
        let overlap = try #require(box.overlap)
        #expect(abs(overlap.difference.difference - 0.1) < 1e-12)
        #expect(overlap.p == 0.5)
    }

    @Test("Sets that only one run has are named; runs without a shared set, and equal names, are refused")
    func shared() throws {
        let more = Made.answers(3, of: 8) + Made.answers(1, of: 3, set: "AI2D_TEST", benchmark: "ai2d")
        let comparison = try EvaluationComparison([
            Made.run("a", more), Made.run("b", Made.answers(4, of: 8)),
        ])
        #expect(comparison.notes == ["AI2D_TEST by r1: only a has it, not b."])
        #expect(comparison.markdown.contains("only a has it"))
        func refuses(_ runs: [EvaluatedRun], rule: String? = nil, _ error: EvaluationReportError) {
            #expect(throws: error) { try EvaluationComparison(runs, rule: rule) }
        }
        let (one, two) = (Made.run("a", Made.answers(1, of: 2)), Made.run("b", Made.answers(1, of: 2)))
        refuses([one], .tooFewRuns(expected: 2, found: 1))
        refuses([one, one], .repeatedName("a"))
        refuses([one, two], rule: "x", .unknownRule("x", known: ["r1"]))
        refuses(
            [one, Made.run("b", Made.answers(1, of: 2, set: "other"))],
            .nothingShared(first: "a", second: "b"))
    }

    @Test("Three runs: each other run is compared with the first, in Markdown and JSON")
    func three() throws {
        let runs = SampleRuns(count: 40, benchmarks: ["mmbench", "chartqa", "refcoco"])
            .runs(["base", "sft", "grpo"])
        let comparison = try EvaluationComparison(runs)
        #expect(comparison.sets.count == 8)
        #expect(Set(comparison.sets.map(\.first)) == ["base"])
        let text = comparison.markdown
        for part in ["## sft", "## grpo", "### By other rules", "### Groups of ChartQA", "sign flips"] {
            #expect(text.contains(part), "\(part)")
        }
        let json = try #require(JSONValue(parsing: comparison.json).members)
        #expect(json["comparisons"]?.elements?.count == 8)
        let first = try #require(json["comparisons"]?.elements?.first?.members)
        #expect(first["difference"]?.members?["value"]?.double == comparison.sets[0].difference.difference)
        #expect(first["exactP"]?.double == comparison.sets[0].exactP)
    }
}
