// Computes LaTeX as MATH-V's script does: latex2sympy2 1.9.1 reads it, Python's eval computes what sympy prints.
// Numbers, + - * / ^ !, \frac, \sqrt[n], \pi, percentages, brackets and implied products are computed. Variables have
// no value there either; other commands are not computed here.

/// The value of a LaTeX expression.
struct LatexValue {
    /// Why there is no value.
    enum Failure: Error {
        /// The reference has no value either: a variable, a syntax error, a list, a division by zero.
        case unreadable
        /// The reference may have a value: a command or relation that is not computed here.
        case beyond
    }

    /// What differs between the programs that use it.
    struct Grammar {
        /// Whether `\pi` and roots are known.
        var hasFunctions = true
        /// Whether `50\%` is a number.
        var hasPercent = true
        /// The values of variables.
        var variables: [UInt8: PythonValue] = [:]
    }

    private static let byteLimit = 2000
    private static let depthLimit = 48

    private let bytes: [UInt8]
    private let grammar: Grammar
    private var position = 0
    private var depth = 0

    /// The value of a text; throws ``Failure``.
    static func of(_ text: PythonText, _ grammar: Grammar = Grammar()) throws(Failure) -> PythonValue {
        guard text.count <= byteLimit, text.points.allSatisfy({ $0 < 0x80 }) else { throw .unreadable }
        var reader = LatexValue(bytes: text.points.map { UInt8($0) }, grammar: grammar)
        reader.skipAssignments()
        let value = try reader.sum()
        try reader.checkRest()
        return value
    }

    private init(bytes: [UInt8], grammar: Grammar) { (self.bytes, self.grammar) = (bytes, grammar) }

    // MARK: - Structure

    /// Skips `x =`: an assignment has the value of its right side.
    private mutating func skipAssignments() {
        while true {
            let start = position
            skipSpace()
            guard let letter = peek, letter.isLatinLetter, letter != UInt8(ascii: "e") else {
                position = start
                return
            }
            position += 1
            if take("_") { position = min(position + 1, bytes.count) }
            guard take("=") else {
                position = start
                return
            }
        }
    }

    /// What follows the expression: the grammar has no end, so a sign that cannot continue ends it silently.
    private mutating func checkRest() throws(Failure) {
        skipSpace()
        guard let next = peek else { return }
        let ends: [StaticString] = ["\\}", "\\right", "\\to", "\\\\", "\\choose"]
        if ".)}]_'&".utf8.contains(next) || isOperatorName || ends.contains(where: has) { return }
        let relations: [StaticString] = ["<", ">", "=", "\\leq", "\\geq", "\\neq", "\\ne"]
        throw relations.contains(where: has) || isFunction ? .beyond : .unreadable
    }

    /// Whether a word is here that the reference takes for the name of an operator: of "6 trees" it reads 6.
    private var isOperatorName: Bool {
        let names: [StaticString] = [
            "tr", "rows", "cols", "ones", "zeros", "rank", "norm", "diag", "eye", "floor", "ceil", "gcd",
            "lcm",
            "eig", "svd", "orth", "rref", "matrix", "pmatrix", "bmatrix", "vmatrix", "hstack", "vstack",
            "nullspace", "arsinh", "arcsinh", "arcosh", "arccosh", "artanh", "arctanh",
        ]
        return names.contains(where: has)
    }

    /// Whether a function is here that the reference computes.
    private var isFunction: Bool {
        let names: [StaticString] = [
            "e^", "\\sin", "\\cos", "\\tan", "\\csc", "\\sec", "\\cot", "\\arc", "\\ar", "\\log", "\\ln",
            "\\exp",
            "\\binom", "\\lfloor", "\\lceil", "\\floor", "\\ceil", "\\max", "\\min", "\\gcd", "\\lcm",
            "\\sum",
            "\\prod", "\\int", "\\lim", "\\det", "\\operatorname", "\\begin", "\\mod",
        ]
        return names.contains(where: has)
    }

    private mutating func sum() throws(Failure) -> PythonValue {
        var value = try product()
        while true {
            if take("+") {
                value = try known(value.plus(product()))
            } else if take("-") {
                value = try known(value.minus(product()))
            } else {
                return value
            }
        }
    }

    private mutating func product() throws(Failure) -> PythonValue {
        var value = try signed()
        while true {
            if take("*") || take("\\times") || take("\\cdot") {
                value = try known(value.times(signed()))
            } else if take("/") || take("\\div") || take(":") {
                value = try known(value.over(signed()))
            } else {
                return value
            }
        }
    }

    /// A sign with what follows, or factors side by side: they bind closer than a division.
    private mutating func signed() throws(Failure) -> PythonValue {
        if take("+") { return try nested { reader throws(Failure) in try reader.signed() } }
        if take("-") {
            return try known(nested { reader throws(Failure) in try reader.signed() }.negated)
        }
        var value = try postfixed()
        while startsFactor { value = try known(value.times(postfixed())) }
        return value
    }

    private var startsFactor: Bool {
        mutating get {
            skipSpace()
            guard let next = peek else { return false }
            if next.isLatinLetter { return !isOperatorName }
            if next.isDecimalDigit || "([{".utf8.contains(next) { return true }
            if next == UInt8(ascii: ".") { return isDigit(position + 1) }
            let commands: [StaticString] = [
                "\\frac", "\\dfrac", "\\tfrac", "\\sqrt", "\\pi", "\\{", "\\left",
            ]
            return commands.contains(where: has)
        }
    }

    /// A factor with its powers, then factorials.
    private mutating func postfixed() throws(Failure) -> PythonValue {
        var value = try primary()
        while take("^") { value = try known(value.power(exponent())) }
        while true {
            if take("!") {
                value = try known(value.factorial)
            } else if !take("'") {
                // A prime transposes, which changes no number.
                return value
            }
        }
    }

    /// A number, variable or pi, or an expression in braces.
    private mutating func exponent() throws(Failure) -> PythonValue {
        if take("{") { return try closed("}") }
        skipSpace()
        guard let next = peek else { throw .unreadable }
        guard next.isDecimalDigit || next == UInt8(ascii: ".") || next.isLatinLetter || has("\\pi") else {
            throw .unreadable
        }
        return try primary()
    }

    // MARK: - Factors

    private mutating func primary() throws(Failure) -> PythonValue {
        skipSpace()
        guard let next = peek else { throw .unreadable }
        switch next {
        case let byte where byte.isDecimalDigit || byte == UInt8(ascii: "."): return try number()
        case UInt8(ascii: "("):
            position += 1
            return try closed(")")
        case UInt8(ascii: "["):
            position += 1
            return try closed("]")
        case UInt8(ascii: "{"):
            position += 1
            return try closed("}")
        case UInt8(ascii: "\\"): return try command()
        case let byte where byte.isLatinLetter:
            guard let value = grammar.variables[byte] else { throw isFunction ? .beyond : .unreadable }
            position += 1
            return value
        default: throw .unreadable
        }
    }

    private mutating func command() throws(Failure) -> PythonValue {
        if take("\\frac") || take("\\dfrac") || take("\\tfrac") {
            guard take("{") else { throw .unreadable }
            let top = try closed("}")
            guard take("{") else { throw .unreadable }
            return try known(top.over(closed("}")))
        }
        if take("\\left") {
            for (open, close) in [("(", ")"), ("[", "]"), ("\\{", "\\}")] as [(StaticString, StaticString)]
            where take(open) {
                let value = try nested { reader throws(Failure) in try reader.sum() }
                guard take("\\right"), take(close) else { throw .unreadable }
                return value
            }
            throw .unreadable
        }
        if take("\\{") { return try closed("\\}") }
        if grammar.hasFunctions, take("\\pi") { return .float(.pi) }
        if grammar.hasFunctions, take("\\sqrt") { return try root() }
        throw isFunction ? .beyond : .unreadable
    }

    private mutating func root() throws(Failure) -> PythonValue {
        var degree: PythonValue?
        if take("[") { degree = try closed("]") }
        guard take("{") else { throw .unreadable }
        let value = try closed("}")
        guard let degree, degree.double != 2 else { return try known(value.squareRoot) }
        // A first root is a power of one, so whole numbers stay whole.
        let exponent = degree.double == 1 ? .integer(1) : try known(PythonValue.integer(1).over(degree))
        return try known(value.power(exponent))
    }

    /// The value of an expression before a closing bracket.
    private mutating func closed(_ bracket: StaticString) throws(Failure) -> PythonValue {
        let value = try nested { reader throws(Failure) in try reader.sum() }
        guard take(bracket) else { throw .unreadable }
        return value
    }

    /// Digits with commas before groups of three, a fraction, a percent sign; whole if the fraction is zero.
    private mutating func number() throws(Failure) -> PythonValue {
        var whole: [UInt8] = []
        while let byte = peek {
            if byte.isDecimalDigit {
                whole.append(byte)
                position += 1
            } else if byte == UInt8(ascii: ","), !whole.isEmpty,
                (1...3).allSatisfy({ isDigit(position + $0) })
            {
                whole += bytes[(position + 1)...(position + 3)]
                position += 4
                // After a group only another group continues the number.
                if !(peek == UInt8(ascii: ",") && (1...3).allSatisfy { isDigit(position + $0) }) { break }
            } else {
                break
            }
        }
        var fraction: [UInt8] = []
        if peek == UInt8(ascii: "."), isDigit(position + 1) {
            position += 1
            while let byte = peek, byte.isDecimalDigit {
                fraction.append(byte)
                position += 1
            }
        }
        guard !whole.isEmpty || !fraction.isEmpty else { throw .unreadable }
        if grammar.hasPercent, has("\\%") {
            position += 2
            // Two places fewer before the point.
            whole = [0x30, 0x30] + whole
            fraction = whole.suffix(2) + fraction
            whole.removeLast(2)
        }
        if fraction.allSatisfy({ $0 == 0x30 }) {
            return PythonValue(digits: String(decoding: whole.isEmpty ? [0x30] : whole, as: UTF8.self))
        }
        let text = String(decoding: [0x30] + whole + [UInt8(ascii: ".")] + fraction, as: UTF8.self)
        return .float(Double(text) ?? .infinity)
    }

    // MARK: - Bytes

    private func known(_ value: PythonValue?) throws(Failure) -> PythonValue {
        guard let value else { throw .unreadable }
        return value
    }

    private mutating func nested(
        _ read: (inout LatexValue) throws(Failure) -> PythonValue
    ) throws(Failure) -> PythonValue {
        depth += 1
        guard depth <= Self.depthLimit else { throw .unreadable }
        let value = try read(&self)
        depth -= 1
        return value
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isDigit(_ place: Int) -> Bool { place < bytes.count && bytes[place].isDecimalDigit }

    /// Skips white space, also in the form of commands, and dollar signs.
    private mutating func skipSpace() {
        while let byte = peek {
            if byte == 0x20 || (0x09...0x0D).contains(byte) || byte == UInt8(ascii: "$")
                || byte == UInt8(ascii: "~")
            {
                position += 1
            } else if let length = spaceCommand {
                position += length
            } else {
                return
            }
        }
    }

    private var spaceCommand: Int? {
        let commands: [StaticString] = ["\\,", "\\quad", "\\qquad", "\\displaystyle"]
        return commands.first(where: has)?.utf8CodeUnitCount
    }

    private func has(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        return text.withUTF8Buffer { text in
            for offset in 0..<length where bytes[position + offset] != text[offset] { return false }
            return true
        }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        skipSpace()
        guard has(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }
}

extension UInt8 {
    fileprivate var isDecimalDigit: Bool { (0x30...0x39).contains(self) }
    fileprivate var isLatinLetter: Bool { (0x41...0x5A).contains(self & ~0x20) }
}
