// The answer in the text of a model, and the format reward.
import Testing
import TrainingData

@testable import Rewards

@Suite struct ExtractionTests {
    @Test(
        "The answer is found after the thinking, in its tags, in its box",
        arguments: [
            ("<think>a</think><answer>yes</answer>", "yes"),
            ("<think>a</think>\n <answer>\n yes \n</answer>\n", "yes"),
            ("plain", "plain"), ("<think>a</think> plain ", "plain"),
            ("<answer>a</answer> then <answer>b</answer>", "b"), ("<answer>a <answer>b</answer>", "b"),
            ("<answer>a</answer> b</answer>", "a"), ("<answer>a</answer><answer>b", "a"),
            ("<think><answer>no</answer></think>yes", "yes"), ("</think>x", "x"),
            ("<answer>so \\boxed{1} or \\boxed{\\text{B}}</answer>", "\\text{B}"),
            ("\\boxed{\\boxed{5}}", "5"),
            ("\\boxed{7} and \\boxed{8", "7"), ("\\boxed{}", ""), ("boxed{5}", "boxed{5}"),
            ("<think>a</think>b</think>c", "c"), ("3 + 39\n#### 42", "42"),
            ("#### Title\ntext", "#### Title\ntext"),
            ("```\nB\n```", "B"), ("```json\n[1]\n```", "[1]"), ("<|begin_of_box|>7<|end_of_box|>", "7"),
            ("so ```x``` it is", "so ```x``` it is"), ("<answer>\n#### 5</answer>", "5"), ("", ""),
            (" \n", ""), ("<answer></answer>", ""),
        ])
    func answers(text: String, expected: String) {
        let answer = extractAnswer(text)
        #expect(answer.text == expected)
        #expect(answer.status == (expected.isEmpty ? .noAnswer : .ok))
        #expect(answer.raw == text)
    }

    @Test("Golds pass through the same extraction as answers")
    func golds() {
        let row = sample(.chart, ["<answer> 3 </answer>", "$\\boxed{4}$", "2+3\n#### 5", "```\n6\n```", "7"])
        #expect(row.goldTexts == ["3", "4", "5", "6", "7"])
    }

    @Test(
        "Thinking that never ends holds no answer",
        arguments: ["<think>yes", "a</think><think><answer>yes</answer>"])
    func incomplete(text: String) {
        let answer = extractAnswer(text)
        #expect(answer.status == .noAnswer && answer.isCutOff)
    }

    @Test("An answer tag left open is noted")
    func openAnswer() {
        let answer = extractAnswer("<think>a</think><answer>12")
        #expect(answer.text == "12" && answer.isCutOff && !answer.isTagged)
        #expect(extractAnswer("<answer>1</answer>").isTagged)
    }

    @Test(
        "The whole text must have the shape",
        arguments: [
            ("<think>a</think><answer>b</answer>", 1.0),
            (" <think>\na\n</think>\n\n<answer>\nb\n</answer> \n", 1),
            ("<think></think><answer></answer>", 1), ("<think>a</think>x</think><answer>b</answer>", 0),
            ("<think>a<think></think><answer>b</answer>", 0),
            ("<think>a</think><answer>b<answer></answer>", 0),
            ("<think>a</think><answer>b</answer><answer>c</answer>", 0),
            ("<think>a</think>\n\t<answer>b</answer>", 1), ("<answer>b</answer><think>a</think>", 0),
            ("<think>a</think>x<answer>b</answer>", 0), ("x<think>a</think><answer>b</answer>", 0),
            ("<think>a</think><answer>b</answer>x", 0), ("<answer>b</answer>", 0), ("<think>a</think>b", 0),
            ("<think><answer>b</answer>", 0), ("", 0), ("<think></think></answer>", 0),
            ("<think></think><answer</answer>", 0),
        ])
    func wholeShape(text: String, value: Double) { #expect(FormatReward().value(of: text) == value) }

    @Test("By the other rule each tag that occurs once earns a quarter")
    func perTag() {
        var options = FormatOptions()
        options.rule = .perTag
        let reward = FormatReward(options)
        #expect(reward.value(of: "<think>a</think><answer>b</answer>") == 1)
        #expect(reward.value(of: "<think><think>a</think><answer>b</answer>") == 0.75)
        #expect(reward.value(of: "yes") == 0)
    }
}
