// Reads an expression in LaTeX or plain spelling and computes it on the way. Recursive descent over at most a thousand
// bytes and 32 levels, so that any text is read in bounded time and stack.
import Foundation

/// Computes an expression for one choice of the variables' values and of the sign of `\pm`.
struct ExpressionParser {
    /// The text is no expression.
    struct Refused: Error {}

    static let byteLimit = 1000
    private static let depthLimit = 32

    let bytes: [UInt8]
    /// Selects the values of the variables.
    let point: Int
    /// Whether `\pm` is minus.
    let isMinus: Bool
    var position = 0
    var depth = 0
    /// Whether a variable occurred.
    var hasVariables = false
    /// Whether a digit or a named constant occurred: only then is it an expression rather than a word.
    var hasNumbers = false

    /// A parser of plain bytes.
    init(_ bytes: [UInt8], point: Int = 0, isMinus: Bool = false) {
        (self.bytes, self.point, self.isMinus) = (bytes, point, isMinus)
    }

    /// The value of the whole text; throws `Refused` if any of it is no expression.
    mutating func read() throws(Refused) -> MathValue {
        guard bytes.count <= Self.byteLimit else { throw Refused() }
        let value = try list()
        skipSpace()
        while position < bytes.count, ".,;:!".utf8.contains(bytes[position]) { position += 1 }
        skipSpace()
        guard position == bytes.count else { throw Refused() }
        guard hasNumbers || hasVariables && bytes.contains(where: { "+*/^=<>(-".utf8.contains($0) }) else {
            throw Refused()
        }
        return value
    }

    // MARK: - Structures

    /// Items with commas, "and", "or" or a union sign between them.
    private mutating func list() throws(Refused) -> MathValue {
        var items = [try relation()]
        while takeSeparator() { items.append(try relation()) }
        return items.count == 1 ? items[0] : .list(items)
    }

    private mutating func takeSeparator() -> Bool {
        skipSpace()
        for separator: StaticString in [",", ";", "\\cup", "\\vee", "\\lor"]
        where bytes.has(separator, at: position) {
            let end = position + separator.utf8CodeUnitCount
            // A comma at the end is punctuation.
            guard end < bytes.count,
                bytes[end...].contains(where: { !$0.isSpace && !".,;".utf8.contains($0) })
            else {
                return false
            }
            position = end
            skipSpace()
            _ = takeWord("and") || takeWord("or")
            return true
        }
        return takeWord("and") || takeWord("or")
    }

    private mutating func takeWord(_ word: StaticString) -> Bool {
        skipSpace()
        let end = position + word.utf8CodeUnitCount
        guard bytes.has(word, at: position), end < bytes.count, !bytes[end].isWord else { return false }
        position = end
        return true
    }

    /// Sides of an equation, whose last one counts, or of inequalities.
    mutating func relation() throws(Refused) -> MathValue {
        let hadVariables = hasVariables
        var (sides, signs): ([MathValue], [UInt8]) = ([try ratio()], [])
        while true {
            skipSpace()
            if take("=") || take("\\approx") || take("\\in") || take("\\to") || take("\\Rightarrow") {
                // What is left of an equation's last sign only says what is equal.
                (sides, signs, hasVariables) = ([], [], hadVariables)
            } else if take("\\le") || take("<=") {
                signs.append(UInt8(ascii: "L"))
            } else if take("\\ge") || take(">=") {
                signs.append(UInt8(ascii: "G"))
            } else if take("<") {
                signs.append(UInt8(ascii: "<"))
            } else if take(">") {
                signs.append(UInt8(ascii: ">"))
            } else {
                return signs.isEmpty ? sides[0] : .relation(sides, signs)
            }
            sides.append(try ratio())
        }
    }

    private mutating func ratio() throws(Refused) -> MathValue {
        var value = try sum()
        skipSpace()
        while position + 1 < bytes.count, bytes[position] == UInt8(ascii: ":") {
            position += 1
            value = .number(try number(value) / number(try sum()))
            skipSpace()
        }
        return value
    }

    func number(_ value: MathValue) throws(Refused) -> MathNumber {
        guard case .number(let number) = value, !number.double.isNaN else { throw Refused() }
        return number
    }

    // MARK: - Arithmetic

    mutating func sum() throws(Refused) -> MathValue {
        var value = try product()
        while true {
            skipSpace()
            if take("+") {
                value = .number(try number(value) + number(try product()))
            } else if take("-") {
                value = .number(try number(value) + number(try product()).negated)
            } else if take("\\pm") || take("\\mp") {
                let other = try number(try product())
                value = .number(try number(value) + (isMinus ? other.negated : other))
            } else {
                return value
            }
        }
    }

    private mutating func product() throws(Refused) -> MathValue {
        var value = try signed()
        while true {
            skipSpace()
            if take("*") {
                value = .number(try number(value) * number(try signed()))
            } else if take("/") {
                let divisor = try number(try signed())
                guard divisor.double != 0 else { throw Refused() }
                value = .number(try number(value) / divisor)
            } else if case .number(let factor) = value, startsFactor {
                value = .number(factor * (try number(try power())))
            } else {
                return value
            }
        }
    }

    /// Whether a factor without a sign follows: a letter, a command or a bracket, but no digit.
    private var startsFactor: Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "("), UInt8(ascii: "{"): return true
        case UInt8(ascii: "\\"):
            let others: [StaticString] = [
                "\\cup", "\\pm", "\\mp", "\\le", "\\ge", "\\in ", "\\approx", "\\vee", "\\lor", "\\to", "\\}",
                "\\Rightarrow",
            ]
            return !others.contains { bytes.has($0, at: position) }
        case let byte where byte.isASCIILetter:
            return !(bytes.has("and", at: position) || bytes.has("or", at: position))
        default: return false
        }
    }

    private mutating func signed() throws(Refused) -> MathValue {
        skipSpace()
        if take("+") { return try nested { parser throws(Refused) in try parser.signed() } }
        if take("-") {
            return try nested { parser throws(Refused) in .number(try parser.number(parser.signed()).negated)
            }
        }
        if take("\\pm") || take("\\mp") {
            let value = try nested { parser throws(Refused) in try parser.number(parser.signed()) }
            return .number(isMinus ? value.negated : value)
        }
        return try power()
    }

    mutating func power() throws(Refused) -> MathValue {
        var value = try primary()
        while true {
            skipSpace()
            if take("^") {
                let exponent = try nested { parser throws(Refused) in try parser.number(parser.exponent()) }
                value = .number(try number(value).power(exponent))
            } else if take("!") {
                value = .number(try factorial(number(value)))
            } else if take("%") {
                var percentage = try number(value)
                percentage.isPercent = true
                value = .number(percentage)
            } else if take("\u{B0}") {
                var degrees = try number(value)
                degrees.isDegree = true
                value = .number(degrees)
            } else {
                return value
            }
        }
    }

    private mutating func exponent() throws(Refused) -> MathValue {
        skipSpace()
        if take("-") { return .number(try number(try primary()).negated) }
        return try primary()
    }

    private func factorial(_ number: MathNumber) throws(Refused) -> MathNumber {
        guard let exact = number.exact, exact.isWhole, (0...20).contains(exact.numerator),
            let result = Rational((1...max(exact.numerator, 1)).reduce(1, *))
        else { throw Refused() }
        return MathNumber(result)
    }

    mutating func nested<Value>(
        _ read: (inout ExpressionParser) throws(Refused) -> Value
    ) throws(Refused) -> Value {
        depth += 1
        guard depth <= Self.depthLimit else { throw Refused() }
        let value = try read(&self)
        depth -= 1
        return value
    }

    // MARK: - Bytes

    mutating func skipSpace() {
        while position < bytes.count, bytes[position].isSpace { position += 1 }
    }

    mutating func take(_ text: StaticString) -> Bool {
        skipSpace()
        let end = position + text.utf8CodeUnitCount
        guard bytes.has(text, at: position) else { return false }
        // A command ends where its letters do: \in is not \infty.
        let isCommand = text.utf8CodeUnitCount > 1 && bytes[position] == UInt8(ascii: "\\")
        guard !isCommand || end == bytes.count || !bytes[end].isASCIILetter else { return false }
        position = end
        return true
    }
}
