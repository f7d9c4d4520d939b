// What the rules need to know of a row.
internal import AnswerRules
internal import Benchmarks
internal import TrainingData

extension BenchmarkRow {
    /// The kind of question, which decides how `r1` reads an answer.
    var answerKind: AnswerKind {
        switch benchmark {
        case .refcoco: .box
        case .chartqa: .chart
        case _ where !isOpen: .choice
        case .mathvista: .number
        case .mathvision: .expression
        case .mmmu, .mmstar, .mmbench, .ai2d, .custom: .open
        }
    }

    /// The gold in the form of the rules; nil when the set hides it.
    var ruleGold: RuleGold? {
        switch gold {
        case .hidden: nil
        case .text(let text): .text(text)
        case .texts(let texts): .texts(texts)
        case .box(let box): .box(box)
        }
    }

    /// The gold as a person reads it.
    var goldText: String {
        switch gold {
        case .hidden: "not published"
        case .text(let text): goldLetter.map { $0 == text ? "\($0). \(goldOption ?? "")" : text } ?? text
        case .texts(let texts): texts.joined(separator: " or ")
        case .box(let box): "[\(box.x1), \(box.y1), \(box.x2), \(box.y2)]"
        }
    }
}
