// The project's own rule: reads an answer as the training's rewards do, without luck and without the gold.
import Rewards
import StrictJSON
import TrainingData

/// The rule `r1`: only an answer that is read without doubt can be right.
enum R1Rule {
    /// The verdict by the kind of question; the answer is stripped of thinking, tags and boxes first.
    ///
    /// Throws ``RuleError`` where a box lacks what it is compared with.
    static func verdict(_ input: RuleInput) throws -> RuleVerdict {
        let text = extractAnswer(input.prediction).text
        guard !text.isEmpty else { return RuleVerdict(nil, false) }
        switch input.kindOfQuestion {
        case .choice: return choice(text, input)
        case .yesNo: return yesNo(text, input)
        case .number: return R1Numbers.verdict(text, input)
        case .chart: return chart(text, input)
        case .expression: return expression(text, input)
        case .open: return R1Open.verdict(text, input)
        case .box: return try box(text, input)
        }
    }

    // MARK: - Letters and words

    /// The letter that the answer declares; of several the last declared one; letters that it calls wrong do not count.
    private static func choice(_ text: String, _ input: RuleInput) -> RuleVerdict {
        let options = input.options.isEmpty ? nil : input.options.map { $0 ?? "" }
        let golds = input.gold.texts.map { goldChoice($0, input, options) }
        return verdict(readLetter(text, options: options), golds, text)
    }

    /// The letter or letters of a gold: MathVista's is the text of an option, that of others a letter.
    private static func goldChoice(_ gold: String, _ input: RuleInput, _ options: [String]?) -> Choice {
        let gold = extractAnswer(gold).text
        let letter = input.letteredOptions.first { $0.letter == gold }?.letter
        let named = input.letteredOptions.first { $0.text == gold }?.letter
        if let only = input.answerType == nil ? letter ?? named : named ?? letter { return .one(only) }
        return readLetter(gold, options: options)
    }

    private static func yesNo(_ text: String, _ input: RuleInput) -> RuleVerdict {
        verdict(readYesNo(text), input.gold.texts.map { readYesNo(extractAnswer($0).text) }, text)
    }

    private static func verdict(_ choice: Choice, _ golds: [Choice], _ text: String) -> RuleVerdict {
        let areUsable = golds.allSatisfy { gold in
            switch gold {
            case .one, .all: true
            case .none, .several: false
            }
        }
        guard areUsable, !golds.isEmpty else { return RuleVerdict(nil, false, status: .badGold) }
        let isList = golds.contains { if case .all = $0 { true } else { false } }
        switch choice {
        case .one(let name): return RuleVerdict(.string(name), golds.contains(choice))
        case .all(let names) where isList:
            return RuleVerdict(.array(names.map(JSONValue.string)), golds.contains(choice))
        case .all(let names), .several(let names):
            return RuleVerdict(.array(names.map(JSONValue.string)), false, status: .ambiguous)
        case .none:
            let answer = PythonText(text)
            let refuses = KitChoice.refusals.contains(where: answer.contains)
            return RuleVerdict(nil, false, status: refuses ? .refusal : .unread)
        }
    }

    // MARK: - Charts and expressions

    /// The training's rule for charts: ChartQA's tolerance, on numbers and texts as people write them.
    private static func chart(_ text: String, _ input: RuleInput) -> RuleVerdict {
        let golds = input.gold.texts.flatMap { gold in
            PythonLiteral.list(gold).map { $0.map(\.printed) } ?? [gold]
        }
        let isRight = golds.contains { ChartRule.tolerant(text, $0) }
        return RuleVerdict(ChartRule.number(of: text).map { .finite($0) } ?? .string(text), isRight)
    }

    /// MATH-V's comparison with a gold cleaned like the answer, or the training's rule for expressions.
    private static func expression(_ text: String, _ input: RuleInput) -> RuleVerdict {
        let answer = MathVisionAnswer.extracted(from: PythonText(text))
        var (isTextOnly, isRight, canCompare) = (false, false, false)
        for gold in input.gold.texts {
            let cleaned = MathVisionAnswer.cleaned(PythonText(gold))
            guard !cleaned.isEmpty else { return RuleVerdict(nil, false, status: .badGold) }
            isRight =
                isRight || MathVisionRule.areEqual(answer, cleaned, isTextOnly: &isTextOnly)
                || MathRule.matches(text, extractAnswer(gold).text)
            // A gold without a value can only be compared as text.
            canCompare = canCompare || (try? LatexValue.of(cleaned)) == nil
        }
        guard !input.gold.texts.isEmpty else { return RuleVerdict(nil, false, status: .badGold) }
        // A gold with a value needs an answer with one.
        let isRead = isRight || canCompare || (try? LatexValue.of(answer)) != nil || MathRule.canRead(text)
        var verdict = RuleVerdict(isRead ? .string(answer.string) : nil, isRight)
        verdict.isTextOnly = isTextOnly && !isRight
        return verdict
    }

    // MARK: - Boxes

    /// The only box of the answer, in the declared plane; several different boxes are ambiguous.
    ///
    /// A box that is the whole plane names the picture and does not count beside others.
    private static func box(_ text: String, _ input: RuleInput) throws -> RuleVerdict {
        guard let size = input.imageSize else {
            throw RuleError.missing(rule: "r1", "the size of the image for a box, imageSize [width, height]")
        }
        guard let space = input.boxSpace else {
            throw RuleError.missing(
                rule: "r1",
                "the plane that the model writes boxes in, boxSpace [width, height]; it is never guessed")
        }
        guard case .box(let gold) = input.gold, gold.isWellFormed else {
            return RuleVerdict(nil, false, status: .badGold)
        }
        var boxes = readBoxes(in: text).map { tidied(space.original($0, imageSize: size), size) }
        if boxes.count > 1 {
            let others = boxes.filter { RuleBoxes.edges($0) != [0, 0, size.width, size.height] }
            if !others.isEmpty { boxes = others }
        }
        guard let first = boxes.first else { return RuleVerdict(box: nil, overlap: 0) }
        guard boxes.allSatisfy({ $0 == first }) else {
            let all = boxes.map { JSONValue.array(RuleBoxes.edges($0).map(JSONValue.finite)) }
            return RuleVerdict(.array(all), false, status: .ambiguous)
        }
        return RuleVerdict(box: RuleBoxes.edges(first), overlap: overlap(first, tidied(gold, size)))
    }
}
