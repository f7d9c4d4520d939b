// What became of answers besides right and wrong: unread, cut off, refused, a gold that no rule reads; letters.

/// Counts over all answers of a set by one rule: every sample of every rotation.
public struct AnswerCounts: Sendable, Equatable {
    /// All answers.
    public let total: Int
    /// The answers of each status, in the order `ok`, `unread`, `refusal`, `badGold`, then others by name.
    public let statuses: [(status: String, count: Int)]
    /// Answers that reached the limit of tokens.
    public let cutOff: Int
    /// The mean number of tokens.
    public let meanTokens: Double

    /// Counts answers, at least one.
    init(_ answers: some Collection<ScoredAnswer>) {
        total = answers.count
        var counts: [String: Int] = ["ok": 0, "unread": 0, "refusal": 0, "badGold": 0]
        var (cut, tokens) = (0, 0.0)
        for answer in answers {
            counts[answer.status, default: 0] += 1
            cut += answer.isCutOff ? 1 : 0
            tokens += Double(answer.tokens)
        }
        let first = ["ok", "unread", "refusal", "badGold"]
        let names = first + counts.keys.filter { !first.contains($0) }.sorted()
        statuses = names.map { ($0, counts[$0] ?? 0) }
        (cutOff, meanTokens) = (cut, tokens / Double(max(1, answers.count)))
    }

    /// The answers with a status.
    public subscript(status: String) -> Int { statuses.first { $0.status == status }?.count ?? 0 }

    /// Whether all counts are equal.
    public static func == (left: AnswerCounts, right: AnswerCounts) -> Bool {
        left.total == right.total && left.cutOff == right.cutOff && left.meanTokens == right.meanTokens
            && left.statuses.elementsEqual(right.statuses, by: ==)
    }
}

/// How often each letter was read and is right, and what always answering one letter would score.
public struct LetterCounts: Sendable, Equatable {
    /// The letters, in order.
    public let letters: [String]
    /// The answers in which each letter was read, and the answers for which it is right.
    public let read, gold: [Int]
    /// Answers to questions with options, and those of them without a letter that was read.
    public let total, unread: Int
    /// The letter that is right most often (the first of several), in questions of the base rows.
    public let bestLetter: String
    /// The share of questions with options that it gets right.
    public let bestShare: Double
    /// The same when every rotation must be right; nil without rotations.
    public let bestCircularShare: Double?

    /// The letters of questions; nil when none has options.
    init?(_ questions: [Question], isCircular: Bool) {
        let choices = questions.filter { $0.base.goldLetter != nil }
        guard !choices.isEmpty else { return nil }
        var (read, gold): ([String: Int], [String: Int]) = ([:], [:])
        var base: [String: Int] = [:]
        var (total, unread) = (0, 0)
        for question in choices {
            for answer in question.answers {
                total += 1
                if let letter = answer.goldLetter { gold[letter, default: 0] += 1 }
                if let letter = answer.letter { read[letter, default: 0] += 1 } else { unread += 1 }
            }
            base[question.base.goldLetter ?? "", default: 0] += 1
        }
        let letters = Set(read.keys).union(gold.keys).sorted()
        let best = letters.max { (base[$0] ?? 0, $1) < (base[$1] ?? 0, $0) } ?? ""
        (self.letters, self.total, self.unread, bestLetter) = (letters, total, unread, best)
        self.read = letters.map { read[$0] ?? 0 }
        self.gold = letters.map { gold[$0] ?? 0 }
        bestShare = Double(base[best] ?? 0) / Double(choices.count)
        let always = choices.count { $0.answers.allSatisfy { $0.goldLetter == best } }
        bestCircularShare = isCircular ? Double(always) / Double(choices.count) : nil
    }
}
