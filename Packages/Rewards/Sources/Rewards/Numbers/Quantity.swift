// Numbers with their magnitude and unit. QuantityReader.swift finds them in a text.

/// A number found in a text.
struct Quantity: Equatable {
    /// The number as written, without magnitude and unit; always finite.
    var value: Double
    /// What a magnitude word or sign multiplies the number by; 1 without one.
    var magnitude = 1.0
    /// The unit, if it is a known one.
    var unit: MeasureUnit?
    /// Whether a percent sign follows it.
    var isPercent = false
    /// Whether it is written with digits alone: no point, no exponent.
    var isWhole: Bool
    /// The number of digits, and whether separators group them.
    var digitCount: Int
    var isGrouped: Bool
    /// The plain bytes of the number, with sign, currency, magnitude, unit and percent sign.
    var range: Range<Int>

    /// The number times its magnitude.
    var fullValue: Double { value * magnitude }

    /// Four digits from 1000 to 2999 and nothing else.
    var looksLikeYear: Bool {
        isWhole && !isPercent && !isGrouped && magnitude == 1 && unit == nil && digitCount == 4
            && (1000...2999).contains(value)
    }
}

/// The only number of a text; nil without one, or with several.
func onlyQuantity(_ bytes: [UInt8]) -> Quantity? {
    let found = quantities(in: bytes, limit: 2)
    return found.count == 1 ? found.first : nil
}

/// The number of a gold that is a number: at most one word after it, and nothing but a sign, a currency or
/// `x =` before it.
func goldQuantity(_ bytes: [UInt8]) -> Quantity? {
    guard let quantity = onlyQuantity(bytes) else { return nil }
    let before = bytes[..<quantity.range.lowerBound]
    let start = before.lastIndex(of: UInt8(ascii: "=")).map { $0 + 1 } ?? 0
    let after = bytes.trimmed(quantity.range.upperBound..<bytes.count)
    guard before[start...].allSatisfy({ $0.isSpace || "~<>(*".utf8.contains($0) }),
        words(of: Array(bytes[after])).count <= 1
    else { return nil }
    return quantity
}

/// The number that a text declares: the only one after its last `=`, `:`, "is" or the like.
func declaredQuantity(_ bytes: [UInt8]) -> Quantity? {
    let leads: Set<String> = ["is", "be", "equals", "answer", "approximately", "about", "are", "was", "of"]
    var start: Int?
    for word in words(of: bytes) {
        let text = word.range.count <= 13 ? bytes.text(word.range).lowercased() : ""
        if word.script == .unspaced {
            let tail = bytes.text(
                max(word.range.lowerBound, word.range.upperBound - 12)..<word.range.upperBound)
            if ["是", "为", "為", "答案", "は"].contains(where: tail.hasSuffix) { start = word.range.upperBound }
        } else if leads.contains(text), text != "of" {
            start = word.range.upperBound
        }
    }
    for (index, byte) in bytes.enumerated() where index >= start ?? 0 {
        // A colon inside a time is none.
        let isColon = byte == UInt8(ascii: ":") && !(index + 1 < bytes.count && bytes[index + 1].isDigit)
        if byte == UInt8(ascii: "=") || isColon { start = index + 1 }
    }
    guard let start, start < bytes.count else { return nil }
    return onlyQuantity(Array(bytes[start...]))
}
