// Exact fractions of 64-bit numbers; operations that do not fit give nil, and the caller goes on with doubles.

/// A fraction in lowest terms with a positive denominator.
struct Rational: Equatable {
    let numerator: Int
    let denominator: Int

    /// The fraction in lowest terms; nil for a denominator of 0 and for numbers that do not fit.
    init?(_ numerator: Int, over denominator: Int = 1) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var (a, b) = (abs(numerator), abs(denominator))
        while b != 0 { (a, b) = (b, a % b) }
        let sign = denominator < 0 ? -1 : 1
        self.numerator = sign * numerator / max(a, 1)
        self.denominator = sign * denominator / max(a, 1)
    }

    /// The nearest double.
    var double: Double { Double(numerator) / Double(denominator) }
    /// Whether it is a whole number.
    var isWhole: Bool { denominator == 1 }

    func plus(_ other: Rational) -> Rational? {
        guard let a = product(numerator, other.denominator), let b = product(other.numerator, denominator),
            let bottom = product(denominator, other.denominator)
        else { return nil }
        let (top, overflows) = a.addingReportingOverflow(b)
        return overflows ? nil : Rational(top, over: bottom)
    }

    func times(_ other: Rational) -> Rational? {
        guard let top = product(numerator, other.numerator),
            let bottom = product(denominator, other.denominator)
        else { return nil }
        return Rational(top, over: bottom)
    }

    func over(_ other: Rational) -> Rational? {
        Rational(other.denominator, over: other.numerator).flatMap { times($0) }
    }

    /// A whole power, -64 to 64.
    func power(_ exponent: Int) -> Rational? {
        guard abs(exponent) <= 64 else { return nil }
        var result = Rational(1)
        for _ in 0..<abs(exponent) { result = result.flatMap { $0.times(self) } }
        guard exponent < 0 else { return result }
        return result.flatMap { Rational($0.denominator, over: $0.numerator) }
    }

    /// The exact square root, if it is a fraction.
    var squareRoot: Rational? {
        guard numerator >= 0, let top = Self.root(numerator), let bottom = Self.root(denominator) else {
            return nil
        }
        return Rational(top, over: bottom)
    }

    private static func root(_ value: Int) -> Int? {
        let near = Int(Double(value).squareRoot().rounded())
        return near.multipliedReportingOverflow(by: near) == (value, false) ? near : nil
    }

    private func product(_ a: Int, _ b: Int) -> Int? {
        let (value, overflows) = a.multipliedReportingOverflow(by: b)
        return overflows ? nil : value
    }
}
