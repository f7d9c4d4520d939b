// The values of expressions: numbers, exact where they can be, and structures of them.
import Foundation

/// A number: exact as a fraction if possible, and as a double.
struct MathNumber {
    /// The exact value; nil for roots, pi, variables and what does not fit.
    var exact: Rational?
    /// The value in double precision.
    var double: Double
    /// The number of decimals if it is written as one decimal number ("3.50" has two); nil otherwise.
    var decimals: Int?
    /// Whether a percent sign or a degree sign follows it.
    var isPercent = false
    var isDegree = false

    /// An exact number.
    init(_ exact: Rational) { (self.exact, double) = (exact, exact.double) }

    /// A number that has no exact form here.
    init(double: Double) { self.double = double }

    private init(exact: Rational?, double: Double) {
        self.exact = exact
        self.double = exact?.double ?? double
    }

    static func + (a: MathNumber, b: MathNumber) -> MathNumber {
        MathNumber(
            exact: a.exact.flatMap { x in b.exact.flatMap { x.plus($0) } }, double: a.double + b.double)
    }

    static func * (a: MathNumber, b: MathNumber) -> MathNumber {
        MathNumber(
            exact: a.exact.flatMap { x in b.exact.flatMap { x.times($0) } }, double: a.double * b.double)
    }

    static func / (a: MathNumber, b: MathNumber) -> MathNumber {
        MathNumber(
            exact: a.exact.flatMap { x in b.exact.flatMap { x.over($0) } }, double: a.double / b.double)
    }

    /// The number with the other sign; it stays a decimal number, a percentage or degrees.
    var negated: MathNumber {
        var result = self
        result.exact = exact.flatMap { Rational(-$0.numerator, over: $0.denominator) }
        result.double = -double
        return result
    }

    func power(_ exponent: MathNumber) -> MathNumber {
        var exact: Rational?
        if let base = self.exact, let power = exponent.exact {
            if power.isWhole {
                exact = base.power(power.numerator)
            } else if power == Rational(1, over: 2) {
                exact = base.squareRoot
            }
        }
        return MathNumber(exact: exact, double: pow(double, exponent.double))
    }

    var squareRoot: MathNumber { MathNumber(exact: exact?.squareRoot, double: double.squareRoot()) }
}

/// The value of an expression.
indirect enum MathValue {
    /// A number.
    case number(MathNumber)
    /// Two or more values in brackets: a tuple, an interval or a set.
    case group(open: UInt8, [MathValue], close: UInt8)
    /// Values without brackets, in no order: "3 or -3", a union of intervals.
    case list([MathValue])
    /// Sides with `<`, `>`, `L` (at most) or `G` (at least) between them.
    case relation([MathValue], [UInt8])

    /// Whether an answer's value is the gold's.
    func equals(gold: MathValue) -> Bool {
        switch (self, gold) {
        case (.number(let a), .number(let g)): return a.equals(gold: g)
        case (.group(let open, let a, let close), .group(let goldOpen, let g, let goldClose)):
            guard open == goldOpen, close == goldClose else { return false }
            return open == UInt8(ascii: "{") ? Self.haveSame(a, g) : Self.areSame(a, g)
        case (.group(_, let a, _), .list(let g)), (.list(let a), .group(_, let g, _)):
            return Self.areSame(a, g)
        case (.list(let a), .list(let g)): return Self.haveSame(a, g)
        case (.relation(let a, let signs), .relation(let g, let goldSigns)):
            let turned = signs.reversed().map { sign in Self.turned[sign] ?? sign }
            return signs == goldSigns && Self.areSame(a, g)
                || turned == goldSigns && Self.areSame(a.reversed(), g)
        default: return false
        }
    }

    private static let turned: [UInt8: UInt8] = [
        UInt8(ascii: "<"): UInt8(ascii: ">"), UInt8(ascii: ">"): UInt8(ascii: "<"),
        UInt8(ascii: "L"): UInt8(ascii: "G"), UInt8(ascii: "G"): UInt8(ascii: "L"),
    ]

    private static func areSame(_ a: [MathValue], _ g: [MathValue]) -> Bool {
        a.count == g.count && zip(a, g).allSatisfy { $0.equals(gold: $1) }
    }

    /// The same values in any order; lists of more than 32 are compared in order.
    private static func haveSame(_ a: [MathValue], _ g: [MathValue]) -> Bool {
        guard a.count == g.count, a.count <= 32 else { return areSame(a, g) }
        var left = g
        for value in a {
            guard let index = left.firstIndex(where: { value.equals(gold: $0) }) else { return false }
            left.remove(at: index)
        }
        return true
    }
}

extension MathNumber {
    /// Whether an answer's number is the gold's.
    ///
    /// Exact numbers must be equal. A decimal number with two or more decimals also equals an exact value that
    /// rounds to it ("3.57" for 25/7), on either side, but not for a whole number. Doubles agree within 1e-8. A
    /// percentage equals the number and the hundredth of it.
    fileprivate func equals(gold: MathNumber) -> Bool {
        if isClose(to: gold) { return true }
        guard isPercent != gold.isPercent, let hundredth = Rational(1, over: 100) else { return false }
        return isPercent
            ? (self * MathNumber(hundredth)).isClose(to: gold) : isClose(to: gold * MathNumber(hundredth))
    }

    private func isClose(to gold: MathNumber) -> Bool {
        if double == gold.double { return true }
        guard double.isFinite, gold.double.isFinite else { return false }
        if exact != nil, gold.exact != nil, decimals == nil, gold.decimals == nil { return false }
        let distance = abs(double - gold.double)
        func rounds(_ decimals: Int?, _ other: MathNumber) -> Bool {
            guard let decimals, decimals >= 2, other.exact?.isWhole != true else { return false }
            return distance <= 0.5 * pow(10, -Double(decimals)) * (1 + 1e-9)
        }
        return distance <= 1e-8 * max(1e-3, abs(gold.double)) || rounds(gold.decimals, self)
            || gold.decimals == nil && rounds(decimals, gold)
    }
}
