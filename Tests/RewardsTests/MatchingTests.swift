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
            "A or B", "A, B", "A/B", "A B", "(A) (B)", "The answer is A. The answer is B.", "dog or cat", "E",
            "bird",
            "A dog and a cat", "category", "BB", "I think so",
        ])
    func noLetter(text: String) {
        let (value, status, _) = choice(text, gold: "B", options: ["dog", "cat", "cow"])
        #expect(value == 0 && status == .badParse)
    }

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
