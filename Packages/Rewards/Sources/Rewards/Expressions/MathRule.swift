// The rule for mathematical answers: the same value, in whatever way it is written.

/// Compares expressions: numbers, fractions, roots, powers, pi, tuples, intervals, sets, equations.
public enum MathRule {
    /// Whether an answer has the gold's value.
    ///
    /// Exact arithmetic with fractions decides first, then double precision (1e-8). Expressions with variables are
    /// equal if they agree at three points. Of an equation the right side counts. A unit may be left out; units that
    /// cannot be equal are wrong. What is no expression is compared as text.
    public static func matches(_ answer: String, _ gold: String) -> Bool {
        if haveSameText(answer, gold) { return true }
        guard let gold = Expression(plain(gold)), let answer = reading(of: answer) else { return false }
        return answer.equals(gold: gold)
    }

    /// Whether an answer has an expression that ``matches(_:_:)`` can compare.
    public static func canRead(_ answer: String) -> Bool { reading(of: answer) != nil }

    /// Whether two whole texts are expressions with one value.
    static func haveSameValue(_ answer: String, _ gold: String) -> Bool {
        guard let answer = Expression(plain(answer)), let gold = Expression(plain(gold)) else { return false }
        return answer.equals(gold: gold)
    }

    /// Whether a text is an expression.
    static func isExpression(_ text: String) -> Bool { Expression(plain(text)) != nil }

    /// The number that a whole text is as an expression, in double precision; nil for anything else.
    static func number(of text: [UInt8]) -> Double? { Expression(text)?.number }

    /// The expression of an answer: the whole of it, else its last formula, else what follows its last `=`, `:` or
    /// "is", else its only number.
    static func reading(of answer: String) -> Expression? {
        let bytes = plain(answer)
        if let whole = Expression(bytes) { return whole }
        if let formula = lastFormula(folded(answer)), let read = Expression(plain(formula)) { return read }
        if let start = declaredStart(bytes), let read = Expression(Array(bytes[start...])) { return read }
        guard let quantity = onlyQuantity(bytes) else { return nil }
        return Expression(Array(bytes[quantity.range]))
    }

    /// Equal but for white space, case and the sizes of brackets.
    private static func haveSameText(_ a: String, _ b: String) -> Bool {
        func bare(_ text: String) -> [UInt8] { normalized(text).filter { $0 != 0x20 } }
        let text = bare(a)
        return !text.isEmpty && text == bare(b)
    }

    /// The inside of the last `$...$` or `\(...\)`.
    private static func lastFormula(_ bytes: [UInt8]) -> String? {
        if let end = bytes.last("\\)"), let start = bytes[..<end].lastIndex(of: UInt8(ascii: "(")), start > 0,
            bytes[start - 1] == UInt8(ascii: "\\")
        {
            return bytes.text((start + 1)..<end)
        }
        guard let end = bytes.lastIndex(of: UInt8(ascii: "$")) else { return nil }
        var close = end
        while close > 0, bytes[close - 1] == UInt8(ascii: "$") { close -= 1 }
        guard let open = bytes[..<close].lastIndex(of: UInt8(ascii: "$")) else { return nil }
        return bytes.text((open + 1)..<close)
    }

    /// Where the text after the last declaration begins.
    private static func declaredStart(_ bytes: [UInt8]) -> Int? {
        var start: Int?
        for word in words(of: bytes)
        where word.range.count <= 6
            && ["is", "be", "are", "equals"].contains(
                bytes.text(word.range).lowercased())
        {
            start = word.range.upperBound
        }
        for (index, byte) in bytes.enumerated() where index >= start ?? 0 {
            if byte == UInt8(ascii: "=") { start = index + 1 }
            if byte == UInt8(ascii: ":"), index + 1 < bytes.count, bytes[index + 1].isSpace {
                start = index + 1
            }
        }
        guard let start, start < bytes.count else { return nil }
        return start
    }
}

/// An expression with its unit, computed at several points.
struct Expression {
    private let values: [MathValue]
    private let unit: MeasureUnit?

    /// Reads plain bytes; nil if they are no expression.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= ExpressionParser.byteLimit else { return nil }
        let (text, unit, factor) = Self.withoutUnit(bytes)
        let hasSigns = text.first("\\pm") != nil || text.first("\\mp") != nil
        var (values, point, pointCount): ([MathValue], Int, Int) = ([], 0, 1)
        while point < pointCount {
            do {
                var parser = ExpressionParser(text, point: point)
                var value = try parser.read()
                if hasSigns {
                    var other = ExpressionParser(text, point: point, isMinus: true)
                    value = .list([value, try other.read()])
                }
                if factor != 1, case .number(let number) = value, let scale = Rational(Int(factor)) {
                    value = .number(number * MathNumber(scale))
                }
                values.append(value)
                pointCount = parser.hasVariables ? 3 : 1
            } catch {
                return nil
            }
            point += 1
        }
        (self.values, self.unit) = (values, unit)
    }

    /// The value as one number; nil for structures and expressions with variables.
    var number: Double? {
        guard values.count == 1, case .number(let number) = values[0], number.double.isFinite else {
            return nil
        }
        return number.isPercent ? number.double / 100 : number.double
    }

    /// Whether this is an answer with the gold's value.
    func equals(gold: Expression) -> Bool {
        guard values.count == gold.values.count else { return false }
        if let unit, let goldUnit = gold.unit {
            guard unit.canEqual(goldUnit) else { return false }
            if unit.factor > 0, goldUnit.factor > 0, unit.factor != goldUnit.factor {
                guard let number, let goldNumber = gold.number else { return false }
                let (a, g) = (number * unit.factor, goldNumber * goldUnit.factor)
                return abs(a - g) <= 1e-8 * abs(g)
            }
        }
        return zip(values, gold.values).allSatisfy { $0.equals(gold: $1) }
    }

    /// The text without a known unit and magnitude words at its end, which follow a number or a bracket.
    private static func withoutUnit(_ bytes: [UInt8]) -> (text: [UInt8], unit: MeasureUnit?, factor: Double) {
        var text = bytes.trimmed(0..<bytes.count)
        while text.count > 1, ".,;".utf8.contains(bytes[text.upperBound - 1]) {
            text = text.lowerBound..<(text.upperBound - 1)
        }
        var (unit, factor): (MeasureUnit?, Double) = (nil, 1)
        for _ in 0..<2 {
            var start = text.upperBound
            if start - text.lowerBound > 2, bytes[start - 2] == UInt8(ascii: "^"), !bytes[start - 3].isDigit,
                "23".utf8.contains(bytes[start - 1])
            {
                start -= 2
            }
            while start > text.lowerBound, text.upperBound - start < 24,
                bytes[start - 1].isLetter || bytes[start - 1] == UInt8(ascii: "/")
            {
                start -= 1
            }
            let rest = bytes.trimmed(text.lowerBound..<start)
            guard start < text.upperBound, let last = bytes[rest].last,
                last.isDigit || ")]}%".utf8.contains(last)
            else { break }
            let token = bytes.text(start..<text.upperBound)
            if unit == nil, let known = measureUnits[token] ?? measureUnits[token.lowercased()] {
                unit = known
                // The parser reads the sign, which the angle of a sine needs.
                if token == "\u{B0}" { break }
            } else if let known = magnitudes[token.lowercased()] ?? attachedMagnitudes[token], known < 1e15 {
                factor *= known
            } else {
                break
            }
            text = rest
        }
        var plainText = Array(bytes[text])
        if let sign = plainText.firstIndex(where: { !$0.isSpace && $0 != UInt8(ascii: "-") }),
            plainText[sign] == UInt8(ascii: "$")
        {
            plainText.remove(at: sign)
            unit = unit ?? measureUnits["$"]
        }
        return (plainText, unit, factor)
    }
}
