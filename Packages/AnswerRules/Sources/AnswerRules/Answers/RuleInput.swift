// What a rule judges: one stored answer, with what its row says about it.
public import Rewards
public import TrainingData

/// The gold of a row.
public enum RuleGold: Sendable, Equatable {
    /// A letter or a text.
    case text(String)
    /// Texts of which any is right.
    case texts([String])
    /// A box, in pixels of the image or, for rules that say so, in shares of its width and height.
    case box(Box)

    /// The texts; none for a box.
    var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .texts(let texts): texts
        case .box: []
        }
    }
}

/// The kind of question, which decides how the rule `r1` reads an answer.
public enum AnswerKind: String, Sendable, CaseIterable {
    /// Lettered options.
    case choice
    /// Yes or no.
    case yesNo
    /// A number or list of numbers with a declared form, as in MathVista.
    case number
    /// A number or short text from a chart, as in ChartQA.
    case chart
    /// A mathematical expression, as in MathVision.
    case expression
    /// A number or text without options, as in MMMU.
    case open
    /// A box.
    case box
}

/// One stored answer and what its row says.
public struct RuleInput: Sendable {
    /// The answer, as stored or after a strip stage (``AnswerStrip``).
    public var prediction: String
    /// The gold of the row.
    public var gold: RuleGold
    /// The texts of the options, A first; nil for a missing one, empty for a question without options.
    public var options: [String?]
    /// MathVista's `answer_type`: `integer`, `float`, `list` or `text`.
    public var answerType: String?
    /// MathVista's number of decimals.
    public var precision: Int?
    /// The position of the right option, from 0, where the row stores it (AI2D).
    public var goldIndex: Int?
    /// The size of the image in pixels.
    public var imageSize: (width: Double, height: Double)?
    /// The plane that the model writes boxes in, for `r1`.
    public var boxSpace: AnswerBoxSpace?
    /// The kind of question; nil lets `r1` deduce it (``kindOfQuestion``).
    public var kind: AnswerKind?

    /// An answer with what its row says; most rules need no more than gold and options.
    public init(
        prediction: String, gold: RuleGold, options: [String?] = [], answerType: String? = nil,
        precision: Int? = nil, goldIndex: Int? = nil, imageSize: (width: Double, height: Double)? = nil,
        boxSpace: AnswerBoxSpace? = nil, kind: AnswerKind? = nil
    ) {
        (self.prediction, self.gold, self.options) = (prediction, gold, options)
        (self.answerType, self.precision, self.goldIndex) = (answerType, precision, goldIndex)
        (self.imageSize, self.boxSpace, self.kind) = (imageSize, boxSpace, kind)
    }

    /// The declared kind; else a box for a box, a choice for options, a number for an answer type, an expression.
    public var kindOfQuestion: AnswerKind {
        if let kind { return kind }
        if case .box = gold { return .box }
        if options.contains(where: { $0 != nil }) { return .choice }
        return answerType == nil ? .expression : .number
    }
}

extension RuleInput {
    /// The options that are there, each with its letter; at most 26.
    var letteredOptions: [(letter: String, text: String)] {
        options.prefix(26).enumerated().compactMap { index, text in
            text.map { (letterName(index), $0) }
        }
    }

    /// The only gold text, or the list as Python prints it where a rule expects one text.
    var goldText: String {
        if case .text(let text) = gold { return text }
        return PythonLiteral.represented(gold.texts)
    }

    /// The letter of the option that the gold names, by its text or by its letter.
    var goldLetter: String {
        let text = goldText
        return letteredOptions.first { $0.text == text }?.letter ?? text
    }
}

/// The letter of the option at an index below 26.
func letterName(_ index: Int) -> String { String(Unicode.Scalar(UInt8(0x41 + index))) }

/// The capital letters of the first options.
func letterNames(_ count: Int) -> [String] { (0..<min(count, 26)).map(letterName) }
