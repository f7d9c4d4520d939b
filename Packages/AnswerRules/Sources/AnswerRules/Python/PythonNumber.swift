// Numbers as Python reads, rounds and prints them.
import Foundation
import Rewards

extension PythonText {
    /// The value of `float(text)`; nil where Python raises `ValueError`.
    var float: Double? {
        // Most texts are no numbers, which their first character tells.
        guard let first = points.first(where: { !PythonCharacter.isSpace($0) }) else { return nil }
        let starts: Set<UInt32> = [0x2B, 0x2D, 0x2E, 0x49, 0x69, 0x4E, 0x6E]
        guard starts.contains(first) || PythonCharacter.isDigit(first) else { return nil }
        return pythonFloat(string)
    }

    /// The value of `int(text)` in the decimal system, digits without leading zeros; nil where Python raises.
    ///
    /// Python refuses more than 4,300 digits.
    var integerDigits: (isNegative: Bool, digits: String)? {
        var body = stripped.points[...]
        var isNegative = false
        if let sign = body.first, sign == 0x2B || sign == 0x2D {
            isNegative = sign == 0x2D
            body = body.dropFirst()
        }
        var digits = ""
        var lastWasDigit = false
        for point in body {
            if point == 0x5F {
                guard lastWasDigit else { return nil }
                lastWasDigit = false
                continue
            }
            guard PythonCharacter.isDigit(point),
                let value = Unicode.Scalar(point)?.properties.numericValue
            else { return nil }
            digits += "\(Int(value))"
            lastWasDigit = true
        }
        guard lastWasDigit, digits.utf8.count <= 4300 else { return nil }
        let plain = String(digits.drop { $0 == "0" })
        return plain.isEmpty ? (false, "0") : (isNegative, plain)
    }
}

/// Python's functions on doubles.
enum PythonNumber {
    /// `round(value, places)`: the double nearest to the decimal that rounding the exact value gives; ties go to the
    /// even digit.
    static func rounded(_ value: Double, places: Int) -> Double {
        guard value.isFinite else { return value }
        // As in Python: beyond these limits nothing is rounded, or everything.
        if places > 323 { return value }
        if places < -308 { return value * 0 }
        if places >= 0 { return Double(String(format: "%.\(places)f", value)) ?? value }
        // The exact digits before the point, and whether anything follows.
        let parts = String(format: "%.1074f", abs(value)).split(separator: ".")
        var digits = parts[0].utf8.map { Int($0) - 0x30 }
        let dropped = min(-places, digits.count)
        let tail = Array(repeating: 0, count: -places - dropped) + digits.suffix(dropped)
        digits.removeLast(dropped)
        let half = [5] + Array(repeating: 0, count: tail.count - 1)
        let hasRest = parts[1].utf8.contains { $0 != 0x30 }
        let isAbove = half.lexicographicallyPrecedes(tail) || tail == half && hasRest
        var isCarrying = isAbove || tail == half && !(digits.last ?? 0).isMultiple(of: 2)
        for index in digits.indices.reversed() where isCarrying {
            isCarrying = digits[index] == 9
            digits[index] = isCarrying ? 0 : digits[index] + 1
        }
        if isCarrying { digits.insert(1, at: 0) }
        let text = digits.map(String.init).joined() + String(repeating: "0", count: -places)
        let size = Double(text) ?? 0
        return value < 0 ? -size : size
    }

    /// `str(value)`: the shortest text that reads back; an exponent from 1e16 on and below 1e-4.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
        // The digits of Swift's shortest text, and where its point is.
        let parts = "\(abs(value))".split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        var digits = String(mantissa[0]) + fraction
        var exponent = mantissa[0].utf8.count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.utf8.count > 1, digits.hasPrefix("0") {
            digits.removeFirst()
            exponent -= 1
        }
        while digits.utf8.count > 1, digits.hasSuffix("0") { digits.removeLast() }
        if digits == "0" { exponent = 0 }
        let sign = value.sign == .minus ? "-" : ""
        guard (-4..<16).contains(exponent) else {
            let head = digits.prefix(1) + (digits.utf8.count > 1 ? "." + digits.dropFirst() : "")
            let size = abs(exponent)
            return sign + head + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0\(size)" : "\(size)")
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let whole = exponent + 1
        if digits.utf8.count <= whole {
            return sign + digits + String(repeating: "0", count: whole - digits.utf8.count) + ".0"
        }
        return sign + digits.prefix(whole) + "." + digits.dropFirst(whole)
    }

    /// `str(int(value))`: the whole part with all its digits; nil for infinity and not a number, where Python raises.
    static func truncatedText(_ value: Double) -> String? {
        guard value.isFinite else { return nil }
        let whole = value.rounded(.towardZero)
        return whole == 0 ? "0" : String(format: "%.0f", whole)
    }
}
