// The numbers of Python's arithmetic: whole numbers stay whole under + - * and powers, everything else is a double.
import Foundation

/// A number of Python.
enum PythonValue: Equatable {
    /// A whole number that fits in 128 bits.
    case integer(Int128)
    /// A larger whole number, of which only the nearest double is kept.
    case large(Double)
    /// A double.
    case float(Double)

    /// The nearest double.
    var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .large(let value), .float(let value): value
        }
    }

    private var isWhole: Bool { if case .float = self { false } else { true } }

    /// A whole number in digits, as `int` reads it.
    init(digits: some StringProtocol) {
        self = Int128(String(digits)).map(PythonValue.integer) ?? .large(Double(String(digits)) ?? .infinity)
    }

    /// The result of an operation on doubles: whole where both sides are.
    private static func approximate(_ value: Double, _ a: PythonValue, _ b: PythonValue) -> PythonValue? {
        guard !value.isNaN else { return nil }
        return a.isWhole && b.isWhole ? (value.isFinite ? .large(value) : nil) : .float(value)
    }

    private typealias Exact = (Int128) -> (Int128) -> (partialValue: Int128, overflow: Bool)

    private static func apply(
        _ a: PythonValue, _ b: PythonValue, _ exact: Exact, _ double: (Double, Double) -> Double
    ) -> PythonValue? {
        if case .integer(let x) = a, case .integer(let y) = b {
            let (value, overflows) = exact(x)(y)
            if !overflows { return .integer(value) }
        }
        return approximate(double(a.double, b.double), a, b)
    }

    func plus(_ other: PythonValue) -> PythonValue? {
        Self.apply(self, other, Int128.addingReportingOverflow, +)
    }

    func minus(_ other: PythonValue) -> PythonValue? {
        Self.apply(self, other, Int128.subtractingReportingOverflow, -)
    }

    func times(_ other: PythonValue) -> PythonValue? {
        Self.apply(self, other, Int128.multipliedReportingOverflow, *)
    }

    var negated: PythonValue? { PythonValue.integer(0).minus(self) }

    /// The quotient as a double; nil for a divisor of zero and where Python overflows.
    func over(_ other: PythonValue) -> PythonValue? {
        guard other.double != 0 else { return nil }
        let quotient = double / other.double
        return quotient.isNaN || quotient.isInfinite && double.isFinite ? nil : .float(quotient)
    }

    /// The quotient rounded down (`//`).
    func floorOver(_ other: PythonValue) -> PythonValue? {
        if case .integer(let a) = self, case .integer(let b) = other, b != 0 {
            let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
            return .integer(rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient)
        }
        guard let quotient = over(other) else { return nil }
        return Self.approximate(quotient.double.rounded(.down), self, other)
    }

    /// The rest of the division, with the sign of the divisor (`%`).
    func modulo(_ other: PythonValue) -> PythonValue? {
        if case .integer(let a) = self, case .integer(let b) = other, b != 0 {
            let rest = a % b
            return .integer(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
        }
        guard other.double != 0 else { return nil }
        let rest = fmod(double, other.double)
        return Self.approximate(
            rest != 0 && (rest < 0) != (other.double < 0) ? rest + other.double : rest, self, other)
    }

    /// The power; nil where Python raises or gives a complex number.
    func power(_ exponent: PythonValue) -> PythonValue? {
        if isWhole, exponent.isWhole, exponent.double >= 0 {
            if case .integer(let base) = self, case .integer(let count) = exponent,
                let value = Self.wholePower(base, count)
            {
                return .integer(value)
            }
            let value = pow(double, exponent.double)
            return value.isFinite ? .large(value) : nil
        }
        if double == 0, exponent.double < 0 { return nil }
        let value = pow(double, exponent.double)
        return value.isNaN || value.isInfinite && double.isFinite && exponent.double.isFinite
            ? nil : .float(value)
    }

    private static func wholePower(_ base: Int128, _ count: Int128) -> Int128? {
        if (-1...1).contains(base) { return base < 0 && count % 2 != 0 ? -1 : count == 0 ? 1 : abs(base) }
        guard count <= 127 else { return nil }
        var result: Int128 = 1
        for _ in 0..<Int(count) {
            let (value, overflows) = result.multipliedReportingOverflow(by: base)
            if overflows { return nil }
            result = value
        }
        return result
    }

    /// The square root (`math.sqrt`).
    var squareRoot: PythonValue? { double < 0 || double.isNaN ? nil : .float(double.squareRoot()) }

    /// The factorial of a whole number up to 170, beyond which no double reaches.
    var factorial: PythonValue? {
        guard case .integer(let value) = self, (0...170).contains(value) else { return nil }
        var result = PythonValue.integer(1)
        for factor in 0..<value { result = result.times(.integer(factor + 1)) ?? result }
        return result
    }

    /// `round(value, 2)`; nil for infinity, which no expression here should give, and not a number.
    var hundredths: PythonValue? {
        guard case .float(let value) = self else { return self }
        return value.isFinite ? .float(PythonNumber.rounded(value, places: 2)) : nil
    }

    /// Whether two numbers are equal, as 3 and 3.0 are.
    func equals(_ other: PythonValue) -> Bool {
        if case .integer(let a) = self, case .integer(let b) = other { return a == b }
        return double == other.double
    }

    /// What `str` prints.
    var text: String {
        switch self {
        case .integer(let value): "\(value)"
        case .large(let value): PythonNumber.truncatedText(value) ?? "inf"
        case .float(let value): PythonNumber.text(value)
        }
    }
}
