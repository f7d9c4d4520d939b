// Reads numbers as Python's `float` does, with which most evaluation scripts read them.

/// The value of Python's `float(text)`; nil where it raises `ValueError`.
///
/// White space at both ends, digits of all scripts, single underscores between digits, `inf`, `infinity` and `nan` are
/// accepted; too large numbers are infinite. Linear in the text.
public func pythonFloat(_ text: String) -> Double? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
        if isPythonSpace(scalar.value) {
            bytes.append(0x20)
        } else if scalar.value < 0x80 {
            bytes.append(UInt8(scalar.value))
        } else if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
            bytes.append(0x30 + UInt8(digit))
        } else {
            return nil
        }
    }
    bytes = Array(bytes[bytes.trimmed(0..<bytes.count)])
    if isPythonNumber(bytes) {
        // Swift gives infinity for 1e999, as Python does.
        return Double(String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self))
    }
    return specialNumber(bytes)
}

private func specialNumber(_ bytes: [UInt8]) -> Double? {
    guard bytes.count <= 9 else { return nil }
    var text = String(decoding: bytes, as: UTF8.self).lowercased()
    let isNegative = text.hasPrefix("-")
    if isNegative || text.hasPrefix("+") { text.removeFirst() }
    switch text {
    case "inf", "infinity": return isNegative ? -.infinity : .infinity
    case "nan": return .nan
    default: return nil
    }
}

/// Python's grammar: sign, digits with single underscores between them, point, exponent.
private func isPythonNumber(_ bytes: [UInt8]) -> Bool {
    var position = 0
    func skipSign() {
        if position < bytes.count,
            bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
        {
            position += 1
        }
    }
    func skipDigits() -> Bool {
        let start = position
        while position < bytes.count, bytes[position].isDigit || isJoint(bytes, position, start) {
            position += 1
        }
        return position > start
    }
    skipSign()
    var hasDigits = skipDigits()
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
        position += 1
        hasDigits = skipDigits() || hasDigits
    }
    guard hasDigits else { return false }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
        position += 1
        skipSign()
        guard skipDigits() else { return false }
    }
    return position == bytes.count
}

private func isJoint(_ bytes: [UInt8], _ position: Int, _ start: Int) -> Bool {
    bytes[position] == UInt8(ascii: "_") && position > start && bytes[position - 1].isDigit
        && position + 1 < bytes.count && bytes[position + 1].isDigit
}

/// Whether Python's `str.isspace` and its regular expression `\s` accept a code point.
@inlinable
public func isPythonSpace(_ point: UInt32) -> Bool {
    switch point {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
        0x3000:
        true
    default: false
    }
}
