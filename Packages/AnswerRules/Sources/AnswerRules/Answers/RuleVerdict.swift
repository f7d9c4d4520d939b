// What a rule says of an answer.
public import StrictJSON

/// The outcome of reading an answer.
public enum RuleStatus: String, Sendable, CaseIterable {
    /// The answer was read and compared.
    case ok
    /// The rule found no answer in the text.
    case unread
    /// The answer is one of the refusals that VLMEvalKit knows.
    case refusal
    /// The answer names several that exclude one another.
    case ambiguous
    /// The gold of the row is unreadable; the row should not count.
    case badGold
}

/// What a rule says of one answer.
public struct RuleVerdict: Sendable, Equatable {
    /// What the rule read: a letter, text, number, box `[x1, y1, x2, y2]`, or list of candidates; nil if nothing.
    public var extracted: JSONValue?
    /// Whether the answer is right.
    public var isCorrect: Bool
    /// 1 or 0; the intersection over union for boxes.
    public var score: Double
    /// The outcome of reading.
    public var status: RuleStatus
    /// Whether only the texts were compared, because a side has LaTeX that is not computed here.
    public var isTextOnly = false

    /// A verdict whose score is 1 or 0; the status is `.ok`, or `.unread` when nothing was read.
    init(_ extracted: JSONValue?, _ isCorrect: Bool, status: RuleStatus? = nil) {
        (self.extracted, self.isCorrect) = (extracted, isCorrect)
        score = isCorrect ? 1 : 0
        self.status = status ?? (extracted == nil ? .unread : .ok)
    }

    /// A verdict on a letter.
    init(letter: String?, _ gold: String, status: RuleStatus? = nil) {
        self.init(letter.map(JSONValue.string), letter == gold, status: status)
    }

    /// A verdict on a box: right from an overlap of one half on.
    init(box: [Double]?, overlap: Double, status: RuleStatus? = nil) {
        self.init(box.map { .array($0.map(JSONValue.finite)) }, overlap >= 0.5, status: status)
        score = overlap
    }
}

extension JSONValue {
    /// A number; infinity and not a number, which JSON lacks, as text.
    static func finite(_ value: Double) -> JSONValue {
        value.isFinite ? .number(value) : .string(PythonNumber.text(value))
    }
}

/// What is wrong with the input of a rule.
public enum RuleError: Error, Equatable, CustomStringConvertible {
    /// No rule and no strip stage has this name.
    case unknownRule(String, known: [String])
    /// The rule needs something that the input lacks.
    case missing(rule: String, String)
    /// A line of a file is not an input.
    case badLine(place: String, String)

    /// The fault and the expected value.
    public var description: String {
        switch self {
        case .unknownRule(let id, let known):
            "there is no rule \"\(id)\"; there are \(known.joined(separator: ", "))"
        case .missing(let rule, let what): "the rule \(rule) needs \(what)"
        case .badLine(let place, let reason): "\(place): \(reason)"
        }
    }
}
