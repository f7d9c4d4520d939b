// How the answers of each benchmark become its numbers.
import Testing

@testable import EvaluationReports

@Suite struct AggregationTests {
    private func scores(_ answers: [ScoredAnswer]) throws -> SetScores {
        let all = try SetScores.all(answers)
        #expect(all.count == 1)
        return try #require(all.first)
    }

    private func score(
        _ scores: SetScores, _ axis: String, _ name: String, _ measure: Score.Measure = .accuracy
    )
        throws -> Score
    {
        try #require(
            scores.others.first { $0.axis == axis && $0.name == name && $0.measure == measure },
            "\(axis) \(name)")
    }

    @Test("A set has its share of right questions with both intervals")
    func plain() throws {
        let found = try scores(Made.answers(27, of: 50)).headline
        #expect(found.value == 0.54)
        #expect((found.count, found.right) == (50, 27))
        #expect(found.bootstrap == Interval(low: 0.4, high: 0.68))
        #expect(found.wilson == Proportion(right: 27, of: 50).wilson)
    }

    @Test("A row counts in each of its skills, and groups of the paper without rows have n = 0 and no value")
    func skills() throws {
        let rows = [
            Made.answer(
                "0", true, set: "MathVista", benchmark: "mathvista",
                ["skill": ["algebraic reasoning", "arithmetic reasoning"], "task": ["math word problem"]]),
            Made.answer(
                "1", false, set: "MathVista", benchmark: "mathvista",
                ["skill": ["algebraic reasoning"], "task": ["math word problem"]]),
        ]
        let found = try scores(rows)
        #expect(try score(found, "skill", "algebraic reasoning").value == 0.5)
        #expect(try score(found, "skill", "arithmetic reasoning").value == 1)
        let empty = try score(found, "skill", "logical reasoning")
        #expect(empty.count == 0)
        #expect(
            empty.value == nil && empty.wilson == nil && empty.bootstrap == nil && empty.standardError == nil)
        #expect(found.others.count { $0.axis == "task" } == 5)
        #expect(found.others.count { $0.axis == "skill" } == 7)
    }

    @Test("Other spellings of the paper's groups are the same groups; unknown names are listed as they come")
    func spellings() throws {
        let spelled = Made.answers(
            1, of: 2, set: "MMMU", benchmark: "mmmu", ["discipline": ["Art_and_Design"]])
        let found = try scores(spelled)
        #expect(try score(found, "discipline", "Art_and_Design").count == 2)
        #expect(found.others.count { $0.axis == "discipline" } == 6)
        let other = try scores(Made.answers(1, of: 2, ["category": ["unheard of"], "more": ["x"]]))
        #expect(other.others.map(\.name) == ["unheard of", "x"])
    }

    @Test("A circular question is right when every rotation is; the single-pass rate is of the base rows")
    func circular() throws {
        func row(_ unit: Int, _ rotation: Int, _ isCorrect: Bool) -> ScoredAnswer {
            Made.answer(
                "\(unit + rotation * 1_000_000)", isCorrect, set: "MMBench", benchmark: "mmbench",
                unit: "\(unit)", rotation: rotation,
                ["category": [rotation == 0 ? "logic_reasoning" : "other"]])
        }
        // Rotations come in any order, and the category is the base row's.
        let found = try scores([
            row(0, 1, true), row(0, 0, true), row(1, 0, true), row(1, 1, false), row(2, 0, false),
            row(2, 1, true), row(3, 0, true),
        ])
        #expect(found.headline.measure == .circular)
        #expect((found.headline.count, found.headline.right) == (4, 2))
        #expect(try score(found, "", "single pass", .singlePass).value == 0.75)
        #expect(try score(found, "category", "logic_reasoning", .circular).count == 4)
        #expect(found.counts.total == 7)
        #expect(!found.notes.isEmpty)
    }

    @Test("ChartQA is the plain mean of both halves; with one half the note says so")
    func halves() throws {
        func half(_ right: Int, _ count: Int, _ name: String, _ start: Int) -> [ScoredAnswer] {
            Made.answers(
                right, of: count, set: "ChartQA", benchmark: "chartqa", start: start, ["half": [name]])
        }
        let found = try scores(half(1, 10, "human", 0) + half(4, 5, "augmented", 100))
        let value = try #require(found.headline.value)
        #expect(abs(value - 0.45) < 1e-12)
        #expect(found.headline.measure == .groupMean)
        #expect(found.headline.count == 15)
        #expect(try score(found, "half", "human").value == 0.1)
        let error = (0.09 / 10 + 0.16 / 5).squareRoot() / 2
        #expect(abs((found.headline.standardError ?? 0) - error) < 1e-12)
        let one = try scores(half(1, 10, "human", 0))
        #expect(one.headline.value == 0.1)
        #expect(one.notes.contains { $0.contains("Only one half") })
        #expect(try score(one, "half", "augmented").count == 0)
    }

    @Test("RefCOCO has Acc@0.5 and the mean IoU of each split; several splits have their plain mean")
    func boxes() throws {
        func box(_ id: Int, _ overlap: Double, _ split: String) -> ScoredAnswer {
            var answer = Made.answer(
                "\(id)", overlap >= 0.5, set: "RefCOCO", benchmark: "refcoco", ["split": [split]])
            answer.score = overlap
            return answer
        }
        let single = try scores([box(0, 0.5, "val"), box(1, 0.49, "val")])
        #expect(single.headline.measure == .hits)
        #expect(single.headline.value == 0.5)
        let overlap = try score(single, "", "mean IoU", .meanIoU)
        #expect(abs((overlap.value ?? 0) - 0.495) < 1e-12)
        #expect(overlap.wilson == nil && overlap.bootstrap != nil)
        let several = try scores([box(0, 0.5, "val"), box(1, 0.6, "val"), box(2, 0.1, "testA")])
        #expect(several.headline.value == 0.5)
        #expect(try score(several, "split", "testA", .hits).value == 0)
        #expect(try score(several, "split", "testA", .meanIoU).value == 0.1)
    }

    @Test("MMMU's headline is over validation alone when dev is there, too")
    func validation() throws {
        let rows =
            Made.answers(
                3, of: 4, set: "MMMU", benchmark: "mmmu", ["split": ["validation"], "form": ["open"]])
            + Made.answers(0, of: 6, set: "MMMU", benchmark: "mmmu", start: 10, ["split": ["dev"]])
        let found = try scores(rows)
        #expect(found.headline.value == 0.75)
        #expect(found.notes.contains { $0.contains("6 of other splits are left out") })
        #expect(try score(found, "split", "dev").count == 6)
        #expect(try score(found, "form", "open").count == 4)
        let devOnly = try scores(Made.answers(1, of: 2, set: "MMMU", benchmark: "mmmu", ["split": ["dev"]]))
        #expect(devOnly.headline.count == 2)
    }

    @Test("MMStar also has the plain mean of its l2 categories")
    func l2() throws {
        let rows =
            Made.answers(1, of: 1, ["category": ["math"], "l2 category": ["a"]])
            + Made.answers(0, of: 3, start: 10, ["category": ["math"], "l2 category": ["b"]])
        let found = try scores(rows)
        #expect(found.headline.value == 0.25)
        #expect(
            try score(found, "l2 category", "mean of 2 groups by l2 category", .groupMean).value == 0.5)
    }

    @Test("Several samples: the mean of shares with the error over questions, and pass@k")
    func samples() throws {
        let rights = [[1, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0], [1, 0, 1, 0]]
        let rows = rights.enumerated().flatMap { question, samples in
            samples.enumerated().map { Made.answer("\(question)", $1 == 1, sample: $0) }
        }
        let found = try scores(rows)
        #expect(found.headline.value == 0.5)
        #expect(found.headline.wilson == nil && found.headline.right == nil)
        #expect(abs((found.headline.standardError ?? 0) - 0.1767766952966369) < 1e-12)
        #expect(found.sampleCount == 4)
        #expect(abs((try score(found, "samples", "pass@2", .passAtK).value ?? 0) - 2.0 / 3) < 1e-12)
        #expect(abs((try score(found, "samples", "pass@4", .passAtK).value ?? 0) - 0.8) < 1e-12)
        #expect(found.notes.contains { $0.contains("avg@n") })
    }

    @Test("Unread, refused, cut-off answers and bad golds are counted over all answers")
    func counts() throws {
        var rows = ["ok", "unread", "unread", "refusal", "badGold", "ambiguous"].enumerated().map {
            Made.answer("\($0)", $0 == 0, status: $1)
        }
        rows[1].isCutOff = true
        rows[0].tokens = 12
        let counts = try scores(rows).counts
        #expect(counts.total == 6)
        #expect(
            ["ok", "unread", "refusal", "badGold", "ambiguous", "none"].map { counts[$0] } == [
                1, 2, 1, 1, 1, 0,
            ])
        #expect(counts.cutOff == 1)
        #expect(counts.meanTokens == 2)
    }

    @Test("Letters have their histogram, and the best constant letter its share, circular or not")
    func letters() throws {
        func row(_ id: String, _ unit: String, _ rotation: Int, _ gold: String, _ read: String?)
            -> ScoredAnswer
        {
            var answer = Made.answer(
                id, gold == read, set: "MMBench", benchmark: "mmbench", unit: unit, rotation: rotation)
            (answer.goldLetter, answer.letter) = (gold, read)
            return answer
        }
        let found = try scores([
            row("0", "0", 0, "B", "A"), row("1000000", "0", 1, "C", "A"), row("1", "1", 0, "B", nil),
            row("1000001", "1", 1, "B", "E"), row("2", "2", 0, "A", "A"),
        ])
        let letters = try #require(found.letters)
        #expect(letters.letters == ["A", "B", "C", "E"])
        #expect(letters.read == [3, 0, 0, 1])
        #expect(letters.gold == [1, 3, 1, 0])
        #expect((letters.total, letters.unread) == (5, 1))
        #expect(letters.bestLetter == "B")
        #expect(abs(letters.bestShare - 2.0 / 3) < 1e-12)
        #expect(abs((letters.bestCircularShare ?? 0) - 1.0 / 3) < 1e-12)
        #expect(try scores(Made.answers(1, of: 2)).letters == nil)
    }

    @Test("Sets are in the order of the paper's columns, each with all its rules")
    func order() throws {
        let all = try SetScores.all(
            Made.answers(1, of: 2, set: "z", benchmark: "other") + Made.answers(1, of: 2)
                + Made.answers(2, of: 2, rule: "mmstar.official")
                + Made.answers(1, of: 2, set: "MathVista", benchmark: "mathvista"))
        #expect(
            all.map { "\($0.set) \($0.rule)" } == [
                "MathVista r1", "MMStar r1", "MMStar mmstar.official", "z r1",
            ])
        #expect(all.map(\.headline.value) == [0.5, 0.5, 1, 0.5])
    }

    @Test("Answers that cannot be summed up are refused with the row")
    func refused() {
        func refuses(_ answers: [ScoredAnswer], _ text: String) {
            #expect { try SetScores.all(answers) } throws: { "\($0)".contains(text) }
        }
        refuses(
            [Made.answer("7", true), Made.answer("7", true)], "row 7 (rotation 0, sample 0) has two answers")
        refuses(
            [
                Made.answer("1", true, rotation: 0), Made.answer("1", true, rotation: 0, sample: 1),
                Made.answer("1", true, rotation: 1),
            ], "question 1 has 3 answers, expected 4")
        for score in [Double.nan, -0.1, 1.5, .infinity] {
            var answer = Made.answer("3", true)
            answer.score = score
            refuses([answer], "row 3 has the score")
        }
        refuses(
            [Made.answer("1", true), Made.answer("2", true, benchmark: "ai2d")],
            "rows of mmstar and ai2d, expected one")
    }
}

@Suite struct GradedAnswerTests {
    private func answers(_ scores: [Double]) -> [ScoredAnswer] {
        scores.enumerated().map { row, score in
            var answer = ScoredAnswer(
                set: "mine", benchmark: "custom", id: "\(row)", unit: "\(row)", rule: "r1",
                isCorrect: score >= 0.5, score: score, status: "ok")
            answer.isGraded = true
            return answer
        }
    }

    @Test("Graded answers are summed up by their scores, not by right and wrong")
    func means() throws {
        let scores = try SetScores.all(answers([0.25, 0.75, 1, 0.5]))
        #expect(scores[0].headline.value == 0.625)
        #expect(scores[0].headline.measure == .meanScore)
        #expect(scores[0].headline.right == nil)
    }

    @Test("Graded answers are compared by their scores")
    func differences() throws {
        let runs = [("a", [0.25, 0.75, 1, 0.5]), ("b", [0.5, 0.75, 1, 0.75])].map { name, scores in
            EvaluatedRun(name: name, answers: answers(scores)) { _ in
                AnswerExample(prompt: "", answer: "", gold: "")
            }
        }
        let set = try EvaluationComparison(runs).sets[0]
        #expect(set.difference.difference == 0.125)
        #expect(set.exactP == nil)
        // The two questions that differ change their signs in 4 ways, 2 of which are as far from 0.
        #expect(set.signFlipP == 0.5)
    }
}
