// Finds numbers as people write them: "$1,000", "45 %", "2.5 million", "-3e4", in one pass over the bytes.

/// A number found in a text.
struct Quantity: Equatable {
    /// The value without the unit; always finite.
    var value: Double
    /// Whether a percent sign follows it.
    var isPercent = false
    /// Whether it is written with digits alone: no point, no exponent.
    var isWhole: Bool
    /// The number of digits, and whether separators group them.
    var digitCount: Int
    var isGrouped: Bool
    /// The bytes of the number, including sign, currency and percent sign.
    var range: Range<Int>

    /// Four digits from 1000 to 2999 and nothing else.
    var looksLikeYear: Bool {
        isWhole && !isPercent && !isGrouped && digitCount == 4 && (1000...2999).contains(value)
    }
}

/// The first `limit` numbers of a text.
///
/// Digits in a word ("Q3") are not a number.
func quantities(in bytes: [UInt8], limit: Int) -> [Quantity] {
    var found: [Quantity] = []
    var position = 0
    while position < bytes.count, found.count < limit {
        let startsNumber =
            bytes[position].isDigit || (bytes[position] == UInt8(ascii: ".") && digit(bytes, position + 1))
        guard startsNumber else {
            position += 1
            // Skip the rest of the word, including digits.
            if isWordStart(bytes[position - 1]) {
                while position < bytes.count, bytes[position].isDigit || isWordStart(bytes[position]) {
                    position += 1
                }
            }
            continue
        }
        var reader = QuantityReader(bytes: bytes, position: position)
        if let quantity = reader.read() { found.append(quantity) }
        position = max(reader.position, position + 1)
    }
    return found
}

/// The number of a gold that is a number: optional currency and sign before it, at most one word, its unit,
/// after it.
func goldQuantity(_ text: String) -> Quantity? {
    let bytes = Array(text.utf8)
    let found = quantities(in: bytes, limit: 2)
    guard found.count == 1, let quantity = found.first else { return nil }
    let before = bytes[..<quantity.range.lowerBound].filter { !$0.isSpace }
    let after = bytes.trimmed(quantity.range.upperBound..<bytes.count)
    guard before.isEmpty, words(of: Array(bytes[after])).count <= 1 else { return nil }
    return quantity
}

private func digit(_ bytes: [UInt8], _ position: Int) -> Bool {
    position < bytes.count && bytes[position].isDigit
}

/// The signs $, £, ¥ and €.
private let currencies: [[UInt8]] = ["$", "\u{A3}", "\u{A5}", "\u{20AC}"].map { Array($0.utf8) }

/// ASCII only: signs such as minus and euro have several bytes and must not include the digits after them.
private func isWordStart(_ byte: UInt8) -> Bool { byte < 0x80 && byte.isWord && !byte.isDigit }

private func currencyStart(_ bytes: [UInt8], endingAt end: Int) -> Int? {
    for sign in currencies where end >= sign.count && bytes[(end - sign.count)..<end].elementsEqual(sign) {
        return end - sign.count
    }
    return nil
}

private struct QuantityReader {
    let bytes: [UInt8]
    var position: Int
    private var text: [UInt8] = []

    init(bytes: [UInt8], position: Int) { (self.bytes, self.position) = (bytes, position) }

    mutating func read() -> Quantity? {
        let (start, isNegative) = prefix()
        var digitCount = 0
        takeDigits(&digitCount)
        let isGrouped = (1...3).contains(digitCount) && takeGroups(&digitCount)
        var isWhole = true
        if position < bytes.count, bytes[position] == UInt8(ascii: "."), digit(bytes, position + 1) {
            isWhole = false
            text.append(UInt8(ascii: "."))
            position += 1
            takeDigits(&digitCount)
        }
        if takeExponent() { isWhole = false }
        guard let magnitude = Double("0" + String(decoding: text, as: UTF8.self)), magnitude.isFinite else {
            return nil
        }
        var quantity = Quantity(
            value: isNegative ? -magnitude : magnitude, isWhole: isWhole, digitCount: digitCount,
            isGrouped: isGrouped, range: start..<position)
        var next = position
        while next < bytes.count, bytes[next] == 0x20, next - position < 2 { next += 1 }
        if next < bytes.count, bytes[next] == UInt8(ascii: "%") {
            position = next + 1
            quantity.isPercent = true
            quantity.range = start..<position
        }
        return quantity
    }

    /// The start of sign and currency.
    ///
    /// A hyphen after a letter or digit ("10-20") is not a sign.
    private func prefix() -> (start: Int, isNegative: Bool) {
        var start = position
        if let currency = currencyStart(bytes, endingAt: start) { start = currency }
        if start >= 3, bytes[(start - 3)..<start].elementsEqual("\u{2212}".utf8) { return (start - 3, true) }
        guard start >= 1, bytes[start - 1] == UInt8(ascii: "-") || bytes[start - 1] == UInt8(ascii: "+")
        else {
            return (start, false)
        }
        if start >= 2, bytes[start - 2].isWord { return (start, false) }
        return (start - 1, bytes[start - 1] == UInt8(ascii: "-"))
    }

    private mutating func takeDigits(_ count: inout Int) {
        while digit(bytes, position) {
            text.append(bytes[position])
            count += 1
            position += 1
        }
    }

    /// Groups of exactly three digits after a comma or a space (plain, no-break or thin).
    private mutating func takeGroups(_ count: inout Int) -> Bool {
        var found = false
        while let length = separatorLength() {
            let start = position + length
            guard digit(bytes, start), digit(bytes, start + 1), digit(bytes, start + 2),
                !digit(bytes, start + 3)
            else {
                break
            }
            text += bytes[start..<(start + 3)]
            count += 3
            position = start + 3
            found = true
        }
        return found
    }

    private func separatorLength() -> Int? {
        guard position < bytes.count else { return nil }
        if bytes[position] == UInt8(ascii: ",") || bytes[position] == 0x20 { return 1 }
        for space in ["\u{A0}", "\u{202F}", "\u{2009}"] where bytes[position...].starts(with: space.utf8) {
            return space.utf8.count
        }
        return nil
    }

    private mutating func takeExponent() -> Bool {
        guard position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") else { return false }
        var end = position + 1
        if end < bytes.count, bytes[end] == UInt8(ascii: "+") || bytes[end] == UInt8(ascii: "-") { end += 1 }
        guard digit(bytes, end) else { return false }
        while digit(bytes, end) { end += 1 }
        text += bytes[position..<end]
        position = end
        return true
    }
}
