// Answers of runs that never were, made by rule.
import EvaluationReports
import Foundation
import TestKit

/// Makes scored answers.
enum Made {
    /// An answer that is right or wrong.
    static func answer(
        _ id: String, _ isCorrect: Bool, set: String = "MMStar", benchmark: String = "mmstar",
        unit: String? = nil, rotation: Int = 0, sample: Int = 0, rule: String = "r1", status: String = "ok",
        _ categories: [String: [String]] = [:]
    ) -> ScoredAnswer {
        var answer = ScoredAnswer(
            set: set, benchmark: benchmark, id: id, unit: unit ?? id, rule: rule, isCorrect: isCorrect,
            score: isCorrect ? 1 : 0, status: status)
        (answer.rotation, answer.sample) = (rotation, sample)
        answer.categories = categories.sorted { $0.key < $1.key }.map { .init(axis: $0.key, names: $0.value) }
        return answer
    }

    /// `right` right answers of `count`, with identifiers from 0.
    static func answers(
        _ right: Int, of count: Int, set: String = "MMStar", benchmark: String = "mmstar", start: Int = 0,
        rule: String = "r1", _ categories: [String: [String]] = [:]
    ) -> [ScoredAnswer] {
        (0..<count).map {
            answer("\(start + $0)", $0 < right, set: set, benchmark: benchmark, rule: rule, categories)
        }
    }

    /// A run with examples of a few words.
    static func run(_ name: String, _ answers: [ScoredAnswer]) -> EvaluatedRun {
        EvaluatedRun(name: name, facts: [("model", "\(name).h5"), ("style", "v.default")], answers: answers) {
            AnswerExample(
                prompt: "Question \($0.id)", answer: "<think>hm</think>\(name) says \($0.id)", gold: "A")
        }
    }
}

/// Runs over every benchmark with pictures of the repository: what the browser is tested with.
struct SampleRuns {
    /// The questions of each set.
    var count = 120
    /// The benchmarks; nil for all eight.
    var benchmarks: [String]?

    private static let pictures = (0..<12).map {
        Fixtures.repository.appendingPathComponent(
            String(format: "Examples/handwritten/images/test-%05d.png", $0)
        ).path
    }

    /// Two runs, the second better; their answers follow from set, question and name.
    func runs(_ names: [String] = ["base", "grpo"]) -> [EvaluatedRun] {
        names.enumerated().map { place, name in
            EvaluatedRun(
                name: name,
                facts: [
                    ("model", "\(name).h5"), ("style", "v.default"), ("token limit", "2048"),
                    ("pixels", "3136 to 12845056"),
                ], answers: answers(skill: 0.42 + 0.09 * Double(place), salt: place)
            ) { Self.example($0, run: name) }
        }
    }

    /// A number from 0 to below 1 that follows from its arguments.
    private static func noise(_ numbers: Int...) -> Double {
        var state: UInt64 = 0x9E37_79B9
        for number in numbers {
            state = (state ^ UInt64(bitPattern: Int64(number &+ 1))) &* 0xBF58_476D_1CE4_E5B9
            state ^= state >> 29
        }
        return Double(state >> 11) * 0x1p-53
    }

    private struct Kind {
        let set, benchmark: String
        var axes: [(axis: String, names: [String])] = []
        var isChoice = true
    }

    private static let kinds: [Kind] = [
        Kind(
            set: "MathVista testmini", benchmark: "mathvista",
            axes: [
                (
                    "task",
                    [
                        "figure question answering", "geometry problem solving", "math word problem",
                        "textbook question answering", "visual question answering",
                    ]
                ), ("skill", ["algebraic reasoning", "geometry reasoning", "statistical reasoning"]),
            ]),
        Kind(
            set: "MathVision test", benchmark: "mathvision",
            axes: [
                ("subject", ["algebra", "counting", "metric geometry - angle", "solid geometry"]),
                ("level", ["1", "2", "3", "4", "5"]),
            ]),
        Kind(
            set: "MMMU val", benchmark: "mmmu",
            axes: [
                ("discipline", ["Art & Design", "Business", "Science", "Tech & Engineering"]),
                ("form", ["choice", "open"]), ("split", ["validation"]),
            ]),
        Kind(
            set: "MMStar", benchmark: "mmstar",
            axes: [
                (
                    "category",
                    [
                        "coarse perception", "fine-grained perception", "instance reasoning",
                        "logical reasoning", "science & technology", "math",
                    ]
                )
            ]),
        Kind(
            set: "MMBench DEV_EN_V11", benchmark: "mmbench",
            axes: [("category", ["coarse_perception", "logic_reasoning", "relation_reasoning"])]),
        Kind(set: "AI2D_TEST", benchmark: "ai2d", axes: [("category", ["food web", "life cycle"])]),
        Kind(
            set: "ChartQA", benchmark: "chartqa", axes: [("half", ["human", "augmented"])], isChoice: false),
        Kind(set: "RefCOCO val", benchmark: "refcoco", axes: [("split", ["RefCOCO val"])], isChoice: false),
    ]

    private func answers(skill: Double, salt: Int) -> [ScoredAnswer] {
        Self.kinds.enumerated().filter { benchmarks?.contains($0.element.benchmark) ?? true }.flatMap {
            place, kind in
            (0..<count).flatMap { question in
                (0..<(kind.benchmark == "mmbench" ? 4 : 1)).flatMap { rotation in
                    ["r1", "vlmevalkit.mcq"].filter { $0 == "r1" || kind.isChoice }.map { rule in
                        Self.answer(kind, place, question, rotation, rule, skill, salt)
                    }
                }
            }
        }
    }

    private static func answer(
        _ kind: Kind, _ place: Int, _ question: Int, _ rotation: Int, _ rule: String, _ skill: Double,
        _ salt: Int
    ) -> ScoredAnswer {
        let hardness = 0.55 * noise(place, question) + 0.45 * noise(place, question, rotation, salt)
        let isUnread = noise(place, question, rotation, salt, 7) < (rule == "r1" ? 0.03 : 0.12)
        let isRight = hardness < skill && !isUnread
        var answer = ScoredAnswer(
            set: kind.set, benchmark: kind.benchmark, id: "\(question + rotation * 1_000_000)",
            unit: "\(question)", rule: rule, isCorrect: isRight, score: isRight ? 1 : 0,
            status: isUnread ? (question.isMultiple(of: 5) ? "refusal" : "unread") : "ok")
        answer.rotation = rotation
        answer.isCutOff = isUnread && question.isMultiple(of: 2)
        answer.tokens = 40 + Int(200 * noise(question, salt))
        answer.categories = kind.axes.map { axis in
            .init(axis: axis.axis, names: [axis.names[(question + place) % axis.names.count]])
        }
        if kind.isChoice {
            let letters = ["A", "B", "C", "D"]
            let gold = letters[(Int(noise(place, question, 3) * 4.6) + rotation) % 4]
            answer.goldLetter = gold
            answer.letter = isUnread ? nil : isRight ? gold : letters[Int(noise(question, salt, 9) * 4)]
            answer.extracted = answer.letter
        } else if kind.benchmark == "refcoco" {
            answer.score = isRight ? 0.5 + 0.5 * noise(question, salt, 11) : 0.45 * noise(question, salt, 12)
            answer.extracted = isUnread ? nil : salt == 0 ? "[30, 24, 80, 74]" : "[20, 20, 70, 70]"
        } else {
            answer.extracted = isUnread ? nil : "\(question)"
        }
        return answer
    }

    private static func example(_ answer: ScoredAnswer, run: String) -> AnswerExample {
        let number = Int(answer.unit) ?? 0
        var example = AnswerExample(
            prompt: "Which digit is closest to the right edge?\nOptions:\nA. 0\nB. 4\nC. 7\nD. 9",
            answer: "<think>I look at the picture (\(run)) and compare the places of the digits.</think>"
                + "<answer>\(answer.extracted ?? "I am not sure")</answer>",
            gold: answer.goldLetter ?? "\(number)", pictures: [pictures[number % pictures.count]])
        if answer.benchmark == "refcoco" {
            example.prompt = "Locate the 7 in this image and output the bbox coordinates in JSON format."
            (example.gold, example.goldBoxes) = ("[22, 18, 66, 72]", [[22, 18, 66, 72]])
            if answer.extracted != nil {
                example.readBoxes = [run == "base" ? [30, 24, 80, 74] : [20, 20, 70, 70]]
            }
        }
        return example
    }
}
