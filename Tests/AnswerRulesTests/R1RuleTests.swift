// The project's own rule.
import AnswerRules
import Rewards
import StrictJSON
import Testing
import TrainingData

@Suite struct R1RuleTests {
    private let animals: [String?] = ["cat", "dog", "bird", "horse"]

    private func judge(
        _ text: String, _ gold: RuleGold, options: [String?] = [], kind: AnswerKind? = nil,
        answerType: String? = nil, precision: Int? = nil
    ) throws -> RuleVerdict {
        try AnswerRule.all[0].judge(
            RuleInput(
                prediction: text, gold: gold, options: options, answerType: answerType, precision: precision,
                kind: kind))
    }

    @Test(
        "The declared letter counts, and a letter that is called wrong does not",
        arguments: [
            ("A is wrong so it must be B", "B"), ("(A) is tempting, yet B it is", "B"), ("B", "B"),
            ("<think>Could be A.</think><answer>(B)</answer>", "B"),
            ("The answer is A. Wait, the answer is B", "B"),
            ("A is incorrect. B", "B"), ("Not A but B", "B"), ("It cannot be A, so it is B.", "B"),
            ("(A) or (B)? In the end (B).", "B"), ("dog", "B"), ("A dog", "B"), ("\\boxed{B}", "B"),
            ("A? No, B.", "B"), ("The answer is A... no, wait, B", "B"), ("The answer is A. Wait, B.", "B"),
            ("The wrong answer is A, hence B", "B"), ("The incorrect option is A", nil), ("wrong: A", nil),
            ("A would be wrong", nil), ("A and C are wrong", nil), ("A is wrong, option B is right", "B"),
            ("A is wrong.", nil), ("Because of the ears", nil), ("", nil), ("<think>The answer is B", nil),
        ] as [(String, String?)])
    func letters(text: String, letter: String?) throws {
        let verdict = try judge(text, .text("B"), options: animals)
        #expect(verdict.extracted == letter.map(JSONValue.string))
        #expect(verdict.isCorrect == (letter == "B"))
        #expect(verdict.status == (letter == nil ? .unread : .ok))
    }

    @Test("Several letters are ambiguous, a gold that is no option is bad, a refusal is one")
    func otherLetters() throws {
        #expect(try judge("A, B", .text("A"), options: animals).status == .ambiguous)
        #expect(try judge("dog or cat", .text("A"), options: animals).status == .ambiguous)
        #expect(try judge("A", .text("lion"), options: animals).status == .badGold)
        #expect(
            try judge("Cannot determine the answer", .text("A"), options: animals).status == .refusal)
        // MathVista's gold is the text of an option, also where that is a letter.
        let verdict = try judge("A", .text("A"), options: ["B", "A"], answerType: "text")
        #expect(verdict.extracted == .string("A") && !verdict.isCorrect)
    }

    @Test("Numbers are the only or the declared one, in the form of the answer type")
    func numbers() throws {
        func isRight(_ text: String, _ gold: String, _ type: String, _ precision: Int? = nil) throws -> Bool {
            try judge(text, .text(gold), answerType: type, precision: precision).isCorrect
        }
        #expect(try isRight("The number is 14.", "14", "integer"))
        #expect(try isRight("14 apples", "14", "integer"))
        #expect(try isRight("1,000", "1000", "integer"))
        #expect(try isRight("3 + 11 = 14", "14", "integer"))
        #expect(try !isRight("There are 3 and 14", "14", "integer"))
        #expect(try isRight("1.2 m", "1.2", "float", 1))
        #expect(try isRight("about 1.25", "1.2", "float", 1))
        #expect(try isRight("2.4", "2.40", "float", 2))
        #expect(try isRight("[2014,2016]", "[2014, 2016]", "list"))
        #expect(try !isRight("[2016, 2014]", "[2014, 2016]", "list"))
        #expect(try isRight("The red one.", "the red one", "text"))
        #expect(try judge("no idea", .text("14"), answerType: "integer").status == .unread)
        #expect(try judge("14", .text("many"), answerType: "integer").status == .badGold)
    }

    @Test("Expressions are compared with a cleaned gold")
    func expressions() throws {
        func isRight(_ text: String, _ gold: String) throws -> Bool { try judge(text, .text(gold)).isCorrect }
        #expect(try isRight("\\boxed{\\frac{16}{7}}", "$\\boxed{\\frac{16}{7}}$"))
        #expect(try isRight("4\\pi", "$4 \\pi$"))
        #expect(try isRight("So it must be 12.", "12"))
        #expect(try isRight("\\boxed{12\\text{ cm}}", "12"))
        #expect(try isRight("\\boxed{0.5}", "1:2"))
        #expect(try isRight("2\\sqrt{3}", "\\sqrt{12}"))
        #expect(try !isRight("13", "12"))
        #expect(try judge("I do not know", .text("12")).status == .unread)
        #expect(try judge("12", .text("$ $")).status == .badGold)
    }

    @Test("Open questions take whole words and whole numbers")
    func open() throws {
        func isRight(_ text: String, _ gold: String...) throws -> Bool {
            try judge(text, gold.count == 1 ? .text(gold[0]) : .texts(gold), kind: .open).isCorrect
        }
        #expect(try isRight("The total comes to 30", "30.0"))
        #expect(try !isRight("It must be 0.9961", "0.9965"))
        #expect(try !isRight("The ratio is 1", "0.9965"))
        #expect(try isRight("It is 12.974", "12.97"))
        #expect(try !isRight("an extraembryonic layer", "embryonic"))
        #expect(try isRight("an embryonic layer", "embryonic"))
        #expect(try !isRight("about 1,249 dollars", "249"))
        #expect(try isRight("about 1,249 dollars", "1249"))
        #expect(try isRight("The answer is A", "A"))
        #expect(try !isRight("a dog", "A"))
        #expect(try isRight("MgS", "$MgS$", "magnesium sulfide"))
        #expect(try isRight("MgS", "['$MgS$', 'magnesium sulfide']"))
    }

    @Test("Charts take what people write for what the literal rule wants")
    func charts() throws {
        func isRight(_ text: String, _ gold: String) throws -> Bool {
            try judge(text, .text(gold), kind: .chart).isCorrect
        }
        #expect(try isRight("Yes.", "Yes"))
        #expect(try isRight("The value is 1,000.", "1000"))
        #expect(try isRight("No", "[\"No\", \"None\"]"))
        #expect(try !isRight("106", "100"))
        #expect(try judge("No.", .text("no"), kind: .yesNo).isCorrect)
    }

    @Test("Boxes are read in the declared plane, never guessed")
    func boxes() throws {
        let gold = Box(x1: 64, y1: 96, x2: 320, y2: 384)
        func verdict(_ text: String, _ space: AnswerBoxSpace?) throws -> RuleVerdict {
            try AnswerRule.all[0].judge(
                RuleInput(prediction: text, gold: .box(gold), imageSize: (640, 480), boxSpace: space))
        }
        let pixels = AnswerBoxSpace(width: 640, height: 480)
        let thousandths = AnswerBoxSpace(width: 1000, height: 1000)
        #expect(try verdict("[64, 96, 320, 384]", pixels).score == 1)
        #expect(try !verdict("[64, 96, 320, 384]", thousandths).isCorrect)
        #expect(try verdict("[{\"bbox_2d\": [100, 200, 500, 800]}]", thousandths).score == 1)
        #expect(try verdict("no box", pixels).status == .unread)
        #expect(try verdict("[[64, 96, 320, 384], [0, 0, 9, 9]]", pixels).status == .ambiguous)
        #expect(try verdict("In [0, 0, 640, 480] it is [64, 96, 320, 384]", pixels).isCorrect)
        #expect(throws: RuleError.self) { try verdict("[64, 96, 320, 384]", nil) }
    }

    @Test("Only an answer with the status ok is right", arguments: AnswerKind.allCases)
    func status(kind: AnswerKind) throws {
        let gold: RuleGold = kind == .box ? .box(Box(x1: 1, y1: 1, x2: 5, y2: 5)) : .text("B")
        for text in ["", "<think>B", "A, B", "B", "no", "[1, 1, 5, 5]", "12", "[1, 1, 5, 5] [2, 2, 9, 9]"] {
            let verdict = try AnswerRule.all[0].judge(
                RuleInput(
                    prediction: text, gold: gold, options: kind == .choice ? animals : [], imageSize: (9, 9),
                    boxSpace: AnswerBoxSpace(width: 9, height: 9), kind: kind))
            #expect(verdict.status == .ok || !verdict.isCorrect, "\(text)")
        }
    }
}
