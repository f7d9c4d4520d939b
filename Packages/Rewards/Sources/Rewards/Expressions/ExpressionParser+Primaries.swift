// The parts of an expression that need no operator: numbers, brackets, commands, functions, variables.
import Foundation

extension ExpressionParser {
    mutating func primary() throws(Refused) -> MathValue {
        skipSpace()
        guard position < bytes.count else { throw Refused() }
        switch bytes[position] {
        case let byte where byte.isDigit || byte == UInt8(ascii: "."): return .number(try literal())
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): return try bracket()
        case UInt8(ascii: "|"):
            position += 1
            let value = try nested { parser throws(Refused) in try parser.number(parser.sum()) }
            guard take("|") else { throw Refused() }
            return .number(value.double < 0 ? value.negated : value)
        case UInt8(ascii: "\\"): return try command()
        case let byte where byte.isASCIILetter: return .number(try word())
        default: throw Refused()
        }
    }

    /// One value in round brackets or braces is that value; several are a tuple, an interval or a set.
    private mutating func bracket(isSet: Bool = false) throws(Refused) -> MathValue {
        let open = bytes[position]
        position += 1
        let items = try nested { parser throws(Refused) in
            var items = [try parser.relation()]
            while parser.take(",") || parser.take(";") { items.append(try parser.relation()) }
            return items
        }
        skipSpace()
        if isSet, position < bytes.count, bytes[position] == UInt8(ascii: "\\") { position += 1 }
        guard position < bytes.count, ")]}".utf8.contains(bytes[position]) else { throw Refused() }
        let close = bytes[position]
        position += 1
        if items.count == 1 { return items[0] }
        return .group(open: open, items, close: close)
    }

    /// A decimal number with or without groups, or a mixed number `1 1/2`, `1\frac{1}{2}`.
    private mutating func literal() throws(Refused) -> MathNumber {
        let start = position
        var digits: [UInt8] = []
        var decimals: Int?
        while position < bytes.count {
            let byte = bytes[position]
            if byte.isDigit {
                digits.append(byte)
                if let count = decimals { decimals = count + 1 }
            } else if byte == UInt8(ascii: "."), decimals == nil, isDigit(position + 1) {
                decimals = 0
            } else if byte == UInt8(ascii: ","), decimals == nil, depth == 0, isGroup(from: start) {
                // The comma goes.
            } else {
                break
            }
            position += 1
        }
        hasNumbers = true
        guard !digits.isEmpty, digits.count <= 300 else { throw Refused() }
        let text = String(decoding: digits, as: UTF8.self)
        var exact: Rational?
        if digits.count <= 18, let value = Int(text) {
            let scale = (0..<(decimals ?? 0)).reduce(1) { scale, _ in scale * 10 }
            exact = Rational(value, over: scale)
        }
        guard let whole = Double(text) else { throw Refused() }
        var number = exact.map(MathNumber.init) ?? MathNumber(double: whole / pow(10, Double(decimals ?? 0)))
        number.decimals = decimals
        if let exponent = scientificExponent() {
            let power = Rational(10).flatMap { $0.power(exponent) }.map(MathNumber.init)
            return number * (power ?? MathNumber(double: pow(10, Double(exponent))))
        }
        if decimals == nil, let fraction = try mixedFraction() { return number + fraction }
        return number
    }

    /// The exponent of `1e3`, at most three digits.
    private mutating func scientificExponent() -> Int? {
        guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return nil }
        var end = position + 1
        if end < bytes.count, bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") { end += 1 }
        let first = end
        while isDigit(end) { end += 1 }
        guard end > first, end - first <= 3, let exponent = Int(bytes.text((position + 1)..<end)) else {
            return nil
        }
        position = end
        return exponent
    }

    /// Whether the comma at the position is followed by exactly three digits and preceded by one to three.
    private func isGroup(from start: Int) -> Bool {
        let before = bytes[start..<position].reversed().prefix { $0.isDigit }.count
        return (1...3).contains(before) && (before == 3 || before == position - start)
            && isDigit(position + 1) && isDigit(position + 2) && isDigit(position + 3)
            && !isDigit(position + 4)
    }

    private func isDigit(_ index: Int) -> Bool { index < bytes.count && bytes[index].isDigit }

    /// The fraction of a mixed number, which is below 1.
    private mutating func mixedFraction() throws(Refused) -> MathNumber? {
        let start = position
        while position < bytes.count, bytes[position] == 0x20 { position += 1 }
        var parts: (Int, Int)?
        if bytes.has("\\frac", at: position) {
            position += 5
            if let top = digitArgument(), let bottom = digitArgument() { parts = (top, bottom) }
        } else if position > start, isDigit(position), let top = plainDigits(), take("/"),
            let bottom = plainDigits()
        {
            parts = (top, bottom)
        }
        guard let (top, bottom) = parts, top < bottom, let fraction = Rational(top, over: bottom) else {
            position = start
            return nil
        }
        return MathNumber(fraction)
    }

    private mutating func plainDigits() -> Int? {
        let start = position
        while isDigit(position) { position += 1 }
        return Int(bytes.text(start..<position))
    }

    private mutating func digitArgument() -> Int? {
        skipSpace()
        if take("{") {
            skipSpace()
            guard let value = plainDigits() else { return nil }
            skipSpace()
            return take("}") ? value : nil
        }
        guard isDigit(position) else { return nil }
        position += 1
        return Int(bytes[position - 1]) - 0x30
    }

    // MARK: - Names

    private mutating func command() throws(Refused) -> MathValue {
        let start = position + 1
        if bytes.has("\\{", at: position) {
            position += 1
            return try bracket(isSet: true)
        }
        position = start
        while position < bytes.count, bytes[position].isASCIILetter { position += 1 }
        let name = bytes.text(start..<position)
        switch name {
        case "frac":
            let top = try nested { parser throws(Refused) in try parser.argument() }
            let bottom = try nested { parser throws(Refused) in try parser.argument() }
            guard bottom.double != 0 else { throw Refused() }
            return .number(top / bottom)
        case "sqrt", "surd": return .number(try root(takesWholeNumber: name == "surd"))
        case "pi", "infty": return .number(constant(name))
        case "sin", "cos", "tan", "ln", "log", "exp", "arcsin", "arccos", "arctan":
            return .number(try function(name))
        case "": throw Refused()
        default:
            // Another letter, such as \theta, is a variable.
            guard Self.letters.contains(name) else { throw Refused() }
            return .number(variable(name))
        }
    }

    private static let letters: Set<String> = [
        "alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi", "varphi", "omega", "rho", "sigma",
        "tau",
    ]

    private mutating func constant(_ name: String) -> MathNumber {
        hasNumbers = true
        return MathNumber(double: name == "pi" ? .pi : .infinity)
    }

    /// `{...}`, or one digit, letter or command.
    private mutating func argument() throws(Refused) -> MathNumber {
        skipSpace()
        guard position < bytes.count else { throw Refused() }
        if bytes[position].isDigit {
            position += 1
            hasNumbers = true
            guard let digit = Rational(Int(bytes[position - 1]) - 0x30) else { throw Refused() }
            return MathNumber(digit)
        }
        return try number(try primary())
    }

    private mutating func root(takesWholeNumber: Bool) throws(Refused) -> MathNumber {
        skipSpace()
        var degree: MathNumber?
        if take("[") {
            degree = try nested { parser throws(Refused) in try parser.number(parser.sum()) }
            guard take("]") else { throw Refused() }
        }
        let value = try nested { parser throws(Refused) in
            takesWholeNumber ? try parser.number(parser.primary()) : try parser.argument()
        }
        guard let degree, degree.double != 2 else {
            guard value.double >= 0 else { throw Refused() }
            return value.squareRoot
        }
        guard degree.double != 0 else { throw Refused() }
        // The odd root of a negative number is negative.
        let isOdd = degree.exact.map { $0.isWhole && !$0.numerator.isMultiple(of: 2) } ?? false
        let size = pow(abs(value.double), 1 / degree.double)
        guard value.double >= 0 || isOdd else { throw Refused() }
        let near = (value.double < 0 ? -size : size)
        // A whole root is exact.
        if let exact = value.exact, let whole = degree.exact, abs(near) < 1e15,
            let root = Rational(Int(near.rounded())),
            root.power(whole.numerator) == exact, whole.isWhole
        {
            return MathNumber(root)
        }
        return MathNumber(double: near)
    }

    private mutating func function(_ name: String) throws(Refused) -> MathNumber {
        var (base, exponent): (MathNumber?, MathNumber?) = (nil, nil)
        if take("_") { base = try nested { parser throws(Refused) in try parser.argument() } }
        if take("^") { exponent = try nested { parser throws(Refused) in try parser.argument() } }
        let argument = try nested { parser throws(Refused) in try parser.number(parser.power()) }
        let x = argument.double
        let angle = argument.isDegree ? x * .pi / 180 : x
        let value: Double
        switch name {
        case "sin": value = sin(angle)
        case "cos": value = cos(angle)
        case "tan": value = tan(angle)
        case "arcsin": value = asin(x)
        case "arccos": value = acos(x)
        case "arctan": value = atan(x)
        case "exp": value = exp(x)
        case "ln": value = log(x)
        default: value = log(x) / log(base?.double ?? 10)
        }
        guard !value.isNaN else { throw Refused() }
        let result = MathNumber(double: value)
        return exponent.map { result.power($0) } ?? result
    }

    /// A run of letters: a constant, a function, or variables.
    private mutating func word() throws(Refused) -> MathNumber {
        let start = position
        while position < bytes.count, bytes[position].isASCIILetter { position += 1 }
        let name = bytes.text(start..<position)
        switch name.lowercased() {
        case "pi": return constant("pi")
        case "inf", "infinity", "oo": return constant("infty")
        case "sqrt": return try root(takesWholeNumber: true)
        case "sin", "cos", "tan", "ln", "log", "exp": return try function(name.lowercased())
        default: break
        }
        guard name.utf8.count <= 3 else { throw Refused() }
        var value: MathNumber?
        for letter in name {
            let factor = letter == "e" ? MathNumber(double: M_E) : variable(String(letter))
            value = value.map { $0 * factor } ?? factor
        }
        // A digit directly behind a letter is a label ("Q3"), an index has its sign.
        guard let value, !isDigit(position) else { throw Refused() }
        return value
    }

    /// A variable with its index has a value that depends on its name only.
    private mutating func variable(_ name: String) -> MathNumber {
        hasVariables = true
        var name = name
        if position < bytes.count, bytes[position] == UInt8(ascii: "_") {
            let start = position
            position += 1
            if take("{") {
                while position < bytes.count, bytes[position] != UInt8(ascii: "}") { position += 1 }
                position = min(position + 1, bytes.count)
            } else {
                position = min(position + 1, bytes.count)
            }
            name += String(
                decoding: bytes[start..<position].filter { $0 != 0x7B && $0 != 0x7D }, as: UTF8.self)
        }
        var state = UInt64(point) &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03
        for byte in name.utf8 {
            state = (state ^ UInt64(byte)) &* 0x100_0000_01B3
            state ^= state >> 29
        }
        return MathNumber(double: 0.5 + 2 * Double(state >> 11) / Double(1 << 53))
    }
}
