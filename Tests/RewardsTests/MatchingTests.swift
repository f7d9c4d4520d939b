// Yes-or-no and multiple choice: whole words, marked letters, never a guess.
import Testing

@testable import Rewards
@testable import Tokenizer
@testable import TrainingData

func sample(_ task: Sample.Task, _ golds: [String], options: [String]? = nil, boxes: [Box]? = nil) -> Sample {
    Sample(
        id: "s", task: task, messages: [Sample.Message(role: .user, text: "?")], solutions: golds,
        options: options,
        boxes: boxes)
}

@Suite struct MatchingTests {
    private func choice(_ text: String, gold: String, options: [String]? = nil) -> (
        Double, ParseStatus, String?
    ) {
        let task: Sample.Task = gold.count == 1 ? .mcq : .yorn
        let reward = MatchingReward(task == .mcq ? .choice : .yesNo)
        let result = reward.score(
            extractAnswer(text), for: sample(task, [gold], options: options), context: RewardContext())
        return (result.value, result.status, result.detail)
    }

    @Test(
        "Yes and no are read as whole words",
        arguments: [
            ("yes", "yes"), ("Yes.", "yes"), ("**No**", "no"), ("TRUE", "yes"), ("false!", "no"),
            ("No, there is no cat", "no"), ("Yes, there is no dog.", "yes"), ("The answer is yes", "yes"),
            ("I see no cat", "no"),
        ])
    func yesNo(text: String, expected: String) {
        #expect(choice(text, gold: expected) == (1, .ok, expected))
        #expect(choice(text, gold: expected == "yes" ? "no" : "yes").0 == 0)
    }

    @Test(
        "Both, neither, or part of a word is no answer",
        arguments: [
            "nothing", "yesterday", "eyes", "no-one", "yes or no", "yes/no", "No and yes", "no yes no",
            "maybe",
            "It is yes and no", "nó", "no\u{301}", "yes1", "not",
        ])
    func noChoice(text: String) {
        for gold in ["yes", "no"] {
            let (value, status, _) = choice(text, gold: gold)
            #expect(value == 0 && status == .badParse)
        }
    }

    static let letters = [
        "B": [
            "B", "b", "(B)", "(b)", "B.", "B)", " B: ", "**B**", "B. cat", "(B) cat", "B: Cat.",
            "\\text{B}", "$\\mathrm{B}$", "The answer is B", "answer is: **B**", "Answer: (B)",
            "Option B is right",
            "B because of the tail", "cat", "Cat.", "It shows a cat", "a cat", "B. Because A cow is larger",
        ]
    ]

    @Test(
        "A letter is read in every accepted form, and so is an option's text", arguments: letters["B"] ?? [])
    func letter(text: String) {
        #expect(choice(text, gold: "B", options: ["dog", "cat", "cow"]) == (1, .ok, "B"))
    }

    @Test(
        "Two letters, two texts or none are no answer",
        arguments: [
            "A or B", "A, B", "A/B", "A B", "(A) (B)", "The answer is A or B.", "dog or cat", "E",
            "bird",
            "A dog and a cat", "category", "BB", "I think so", "A. dog\nB. cat\nC. cow", "B. dog", "Not B",
            "B is wrong", "It is not a cat", "A is wrong and C is wrong",
        ])
    func noLetter(text: String) {
        let (value, status, _) = choice(text, gold: "B", options: ["dog", "cat", "cow"])
        #expect(value == 0 && status == .badParse)
    }

    @Test(
        "The last declared letter counts, and a letter that is called wrong does not",
        arguments: [
            "The answer is A. No, the answer is B.", "A is wrong, so B", "A is wrong so it must be B",
            "B. Option A is wrong because it has no tail", "(A) or (C)? In the end (B).", "A or B? B.",
            "(A) is tempting, yet B it is", "Both A and B look right, but I take B",
            "(B) is right since (A) has no tail, (C) has wings", "The answer is B, not A", "not A but B",
            "I would rule out A and C. So B.", "The correct option is (B).", "I'd go with B",
            "B is correct; C is not",
            "Looking at options A, B and C, the best choice would be B", "the answer is b.", "Answer -> B",
            "答案：B", "选B", "（B）", "B。", "故选B。", "答案是B，不是A", "A错误，B正确", "不选A，选B", "B选项正确", "Ⓑ",
            "正解はBです", "정답은 B입니다", "La respuesta es B", "Die Antwort ist B", "Ответ: B", "𝐁",
            "It is a cat, not a dog.",
            "A cat rather than a dog", "The answer is cat. The dog is outside.",
        ])
    func declared(text: String) {
        #expect(choice(text, gold: "B", options: ["dog", "cat", "cow"]) == (1, .ok, "B"))
    }

    @Test("Options may carry their own letters, and scripts without spaces are searched")
    func options() {
        for options in [
            ["A. dog", "B. cat"], ["(A) dog", "(B) cat"], ["A：dog", "B：cat"], ["B) cat", "A) dog"],
        ] {
            for text in ["B", "cat", "B. cat", "(B) cat", "It is a cat"] {
                #expect(choice(text, gold: "B", options: options).2 == "B", "\(text) \(options)")
            }
        }
        for text in ["猫", "B：猫", "这是猫", "不是狗，是猫"] {
            #expect(choice(text, gold: "B", options: ["狗", "猫", "马"]).2 == "B", "\(text)")
        }
        #expect(choice("0.5", gold: "B", options: ["1/4", "\\frac{1}{2}"]).2 == "B")
        #expect(choice("II", gold: "B", options: ["I", "II", "III"]).2 == "B")
    }

    @Test("A list of letters is an answer where the gold is a list, in any order")
    func lists() {
        func result(_ text: String, _ gold: String) -> (Double, ParseStatus) {
            let row = sample(.mcq, [gold], options: ["dog", "cat", "cow", "hen"])
            let result = MatchingReward(.choice).score(
                extractAnswer(text), for: row, context: RewardContext())
            return (result.value, result.status)
        }
        for text in ["AC", "A, C", "A and C", "C,A", "(A)(C)", "The answer is A and C."] {
            #expect(result(text, "AC") == (1, .ok), "\(text)")
        }
        #expect(result("AB", "AC") == (0, .ok) && result("A", "AC") == (0, .ok))
        #expect(result("A or C", "AC") == (0, .badParse) && result("AC", "A") == (0, .badParse))
    }

    @Test(
        "Yes and no are read in several languages, with negations, and the last declared one counts",
        arguments: [
            ("是", "yes"), ("是的。", "yes"), ("否", "no"), ("不是", "no"), ("对", "yes"), ("不对", "no"), ("有", "yes"),
            ("没有", "no"), ("图中没有狗", "no"), ("这是一张图片，没有狗", "no"), ("答案：否", "no"), ("答案是否", "no"),
            ("はい", "yes"), ("いいえ、違います", "no"), ("예", "yes"), ("아니요", "no"), ("Sí.", "yes"),
            ("Oui, il y a", "yes"),
            ("Nein", "no"), ("Ja.", "yes"), ("Да", "yes"), ("Нет.", "no"), ("não", "no"), ("Correct", "yes"),
            ("Incorrect.", "no"), ("That is not true", "no"), ("The statement is correct.", "yes"),
            ("Wrong.", "no"),
            ("Y", "yes"), ("0", "no"), ("There are no dogs, so the answer is no.", "no"),
            ("There is no dog in it. The answer is yes.", "yes"), ("Yes or no? The answer is no.", "no"),
            ("ＹＥＳ", "yes"),
        ])
    func languages(text: String, expected: String) { #expect(choice(text, gold: expected).2 == expected) }

    @Test("A longer option wins over one inside it, and a letter in an option's text is no letter")
    func overlaps() {
        #expect(choice("it is a black cat", gold: "B", options: ["cat", "black cat"]).2 == "B")
        #expect(choice("Vitamin C", gold: "A", options: ["Vitamin C", "iron", "zinc"]).2 == "A")
        #expect(
            choice("The answer is Vitamin C.", gold: "A", options: ["Vitamin C", "iron", "zinc"]).2 == "A")
        #expect(choice("2", gold: "B", options: ["3", "2", "1", "8"]).2 == "B")
        #expect(choice("B. 2, since there are 3 dots", gold: "B", options: ["3", "2"]).2 == "B")
        #expect(choice("A is correct", gold: "A", options: ["x", "y"]).2 == "A")
        #expect(choice("A", gold: "A").2 == "A")
    }

    @Test("A gold that names nothing is a bad gold, whatever the answer")
    func badGold() {
        for (task, gold) in [(Sample.Task.yorn, "maybe"), (.mcq, "A or B"), (.mcq, "")] {
            let reward = MatchingReward(task == .mcq ? .choice : .yesNo)
            let row = sample(task, [gold])
            #expect(reward.score(extractAnswer(gold), for: row, context: RewardContext()).status == .badGold)
            #expect(reward.goldProblem(row) != nil)
        }
    }

    @Test("Any of several golds is right")
    func severalGolds() {
        let row = sample(.mcq, ["A", "C"])
        let scores = ["A", "B", "C"].map {
            MatchingReward(.choice).score(extractAnswer($0), for: row, context: RewardContext()).value
        }
        #expect(scores == [1, 0, 1])
    }
}
