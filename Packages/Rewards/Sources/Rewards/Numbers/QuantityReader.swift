// Finds numbers as people write them: "$1,000", "45 %", "2.5 million", "-3e4", "25万", "10 km/h", in one pass over
// plain bytes. Dates and times of day are not numbers.

/// The first `limit` numbers of a plain text.
///
/// Digits in a word ("Q3"), dates ("20 May", "2019-05-20", "5月20日") and times ("12:00", "7 pm") are not numbers.
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
        if let end = dateEnd(bytes, position) {
            position = end
            continue
        }
        var reader = QuantityReader(bytes: bytes, position: position)
        if let quantity = reader.read() { found.append(quantity) }
        position = max(reader.position, position + 1)
    }
    return found
}

private func digit(_ bytes: [UInt8], _ position: Int) -> Bool {
    position >= 0 && position < bytes.count && bytes[position].isDigit
}

/// ASCII only: signs such as minus and euro have several bytes and must not include the digits after them.
private func isWordStart(_ byte: UInt8) -> Bool { byte < 0x80 && byte.isWord && !byte.isDigit }

// MARK: - Dates

/// Where the date or time of day ends that begins at `start`; nil if a number begins there.
private func dateEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
    var end = start
    while digit(bytes, end) { end += 1 }
    guard end - start <= 4 else { return nil }
    if let joined = joinedDateEnd(bytes, start, end) { return joined }
    // 5月20日, 2019年5月: two such characters with digits between them.
    if let character = dateCharacter(bytes, end), digit(bytes, character) {
        var next = character
        while digit(bytes, next) { next += 1 }
        if let last = dateCharacter(bytes, next) { return dateEndAfter(bytes, last) }
        return nil
    }
    // A month beside it, or "am" and "pm".
    if let word = word(bytes, after: end, skipping: ["st", "nd", "rd", "th", "of"]), isMonth(bytes, word) {
        return word.upperBound
    }
    if let word = word(bytes, after: end, skipping: []), clockWords.contains(bytes.text(word).lowercased()) {
        return word.upperBound
    }
    if let word = word(bytes, before: start), isMonth(bytes, word) { return end }
    return nil
}

/// `12:00`, `12:00:30`, `2019-05-20`, `5/20/2019`, `20.05.2019`.
private func joinedDateEnd(_ bytes: [UInt8], _ start: Int, _ first: Int) -> Int? {
    guard first < bytes.count, ":-/.".utf8.contains(bytes[first]) else { return nil }
    let sign = bytes[first]
    var (parts, end, lengths) = (1, first, [first - start])
    while parts < 4, end < bytes.count, bytes[end] == sign, digit(bytes, end + 1) {
        var next = end + 1
        while digit(bytes, next) { next += 1 }
        lengths.append(next - end - 1)
        (parts, end) = (parts + 1, next)
    }
    if sign == UInt8(ascii: ":") { return parts >= 2 && lengths[1] == 2 && lengths[0] <= 2 ? end : nil }
    return parts == 3 && lengths.contains(4) && lengths.allSatisfy({ $0 == 4 || $0 <= 2 }) ? end : nil
}

/// The end of 年, 月, 日, 号 or their Korean forms at `position`.
private func dateCharacter(_ bytes: [UInt8], _ position: Int) -> Int? {
    for character: StaticString in ["年", "月", "日", "号", "년", "월", "일"]
    where bytes.has(character, at: position) {
        return position + character.utf8CodeUnitCount
    }
    return nil
}

private func dateEndAfter(_ bytes: [UInt8], _ start: Int) -> Int {
    var end = start
    while digit(bytes, end) { end += 1 }
    return end > start ? dateCharacter(bytes, end) ?? end : start
}

private func isMonth(_ bytes: [UInt8], _ word: Range<Int>) -> Bool {
    let text = bytes.text(word)
    let lowercased = text.lowercased()
    guard monthNames.contains(lowercased) else { return false }
    return bytes[word.lowerBound].isUppercase
        || !["may", "march", "mar", "dec", "mars", "mai"].contains(lowercased)
}

/// The word after a number, over the words of `skipping`.
private func word(_ bytes: [UInt8], after start: Int, skipping: Set<String>) -> Range<Int>? {
    var position = start
    for _ in 0..<3 {
        while position < bytes.count, position - start < 12, " .,".utf8.contains(bytes[position]) {
            position += 1
        }
        let first = position
        while position < bytes.count, position - first < 16,
            bytes[position].isLetter || bytes[position] == 0x27
        {
            position += 1
        }
        guard position > first else { return nil }
        if !skipping.contains(bytes.text(first..<position).lowercased()) { return first..<position }
    }
    return nil
}

/// The word directly before a number.
private func word(_ bytes: [UInt8], before start: Int) -> Range<Int>? {
    var end = start
    while end > 0, start - end < 3, " .".utf8.contains(bytes[end - 1]) { end -= 1 }
    var first = end
    while first > 0, end - first < 16, bytes[first - 1].isLetter { first -= 1 }
    return first < end && end < start ? first..<end : nil
}

// MARK: - Numbers

private struct QuantityReader {
    let bytes: [UInt8]
    var position: Int
    private var text: [UInt8] = []

    init(bytes: [UInt8], position: Int) { (self.bytes, self.position) = (bytes, position) }

    mutating func read() -> Quantity? {
        let (start, isNegative, currency) = prefix()
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
        guard let value = Double("0" + String(decoding: text, as: UTF8.self)), value.isFinite else {
            return nil
        }
        var quantity = Quantity(
            value: isNegative ? -value : value, unit: currency, isWhole: isWhole, digitCount: digitCount,
            isGrouped: isGrouped, range: start..<position)
        takeMagnitudeAndUnit(&quantity)
        quantity.range = start..<position
        return quantity.fullValue.isFinite ? quantity : nil
    }

    /// The start of sign and currency.
    ///
    /// A hyphen after a letter or digit ("10-20") is not a sign.
    private func prefix() -> (start: Int, isNegative: Bool, currency: MeasureUnit?) {
        var (start, currency): (Int, MeasureUnit?) = (position, nil)
        if let sign = currencyBefore(start) { (start, currency) = sign }
        guard start >= 1, bytes[start - 1] == UInt8(ascii: "-") || bytes[start - 1] == UInt8(ascii: "+")
        else { return (start, false, currency) }
        if start >= 2, bytes[start - 2].isWord { return (start, false, currency) }
        let isNegative = bytes[start - 1] == UInt8(ascii: "-")
        start -= 1
        if currency == nil, let sign = currencyBefore(start) { (start, currency) = sign }
        return (start, isNegative, currency)
    }

    /// A currency sign or code that ends before `end`, over a space.
    private func currencyBefore(_ end: Int) -> (start: Int, unit: MeasureUnit)? {
        let ends = end > 0 && bytes[end - 1] == 0x20 ? [end, end - 1] : [end]
        for end in ends {
            for sign in [
                "US$", "$", "\u{A3}", "\u{A5}", "\u{20AC}", "\u{20B9}", "\u{20A9}", "\u{20BD}", "USD", "EUR",
                "GBP", "JPY", "CNY", "RMB", "INR", "KRW", "Rs",
            ] {
                let length = sign.utf8.count
                guard end >= length, bytes[(end - length)..<end].elementsEqual(sign.utf8),
                    let unit = measureUnits[sign.lowercased()]
                else { continue }
                return (end - length, unit)
            }
        }
        return nil
    }

    private mutating func takeDigits(_ count: inout Int) {
        while digit(bytes, position) {
            text.append(bytes[position])
            count += 1
            position += 1
        }
    }

    /// Groups of exactly three digits after a comma, an apostrophe or a space.
    private mutating func takeGroups(_ count: inout Int) -> Bool {
        var found = false
        while position < bytes.count, ", '".utf8.contains(bytes[position]) {
            let start = position + 1
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

    // MARK: Behind the digits

    /// Percent signs, magnitudes and units, each at most once and two magnitude words.
    private mutating func takeMagnitudeAndUnit(_ quantity: inout Quantity) {
        for _ in 0..<4 {
            let isDirect =
                position < bytes.count && bytes[position] != 0x20 && bytes[position] != UInt8(ascii: "-")
            var start = position
            while start < bytes.count, start - position < 2,
                bytes[start] == 0x20 || bytes[start] == UInt8(ascii: "-")
            {
                start += 1
            }
            guard start < bytes.count else { return }
            if bytes[start] == UInt8(ascii: "%") {
                quantity.isPercent = true
                position = start + 1
                return
            }
            if bytes[start] >= 0x80, takeCharacters(start, &quantity) { continue }
            let end = tokenEnd(start)
            guard end > start else { return }
            let token = bytes.text(start..<end)
            let lowercased = token.lowercased()
            let isMoney = quantity.unit?.kind == .money
            if percentWords.contains(lowercased) {
                quantity.isPercent = true
                position = end
                return
            }
            if lowercased == "per", bytes.has("per cent", at: start) {
                quantity.isPercent = true
                position = start + 8
                return
            }
            let attached = isDirect ? attachedMagnitudes[token] : nil
            let money = isMoney ? moneyMagnitudes[lowercased] : nil
            if let factor = attached ?? money ?? magnitudes[lowercased], quantity.unit == nil || isMoney {
                quantity.magnitude *= factor
                position = end
            } else if quantity.unit == nil, let unit = measureUnits[token] ?? measureUnits[lowercased],
                token.utf8.count > 1 || isDirect || !continues(end)
            {
                quantity.unit = unit
                position = end
                return
            } else {
                return
            }
        }
    }

    /// Whether a word follows: a single letter before it may be something else ("12 A batteries").
    private func continues(_ end: Int) -> Bool {
        end + 1 < bytes.count && bytes[end] == 0x20 && bytes[end + 1].isWord
    }

    /// Magnitudes and units in scripts without spaces, the longest unit first; false without any.
    private mutating func takeCharacters(_ start: Int, _ quantity: inout Quantity) -> Bool {
        let scalars = Array(bytes.text(start..<min(start + 32, bytes.count)).unicodeScalars.prefix(6))
        if quantity.unit == nil {
            for length in stride(from: scalars.count, through: 1, by: -1) {
                let text = scalars.prefix(length).map(String.init).joined()
                guard let unit = measureUnits[text] ?? measureUnits[text.lowercased()] else { continue }
                // "°" before a letter that is no temperature is a degree.
                quantity.unit = unit
                position = start + text.utf8.count
                return true
            }
        }
        if let scalar = scalars.first, let factor = characterMagnitudes[scalar] {
            quantity.magnitude *= factor
            position = start + UTF8.width(scalar)
            return true
        }
        // Korean and Cyrillic words.
        let end = tokenEnd(start)
        let token = bytes.text(start..<end).lowercased()
        if let factor = magnitudes[token] {
            quantity.magnitude *= factor
        } else if quantity.unit == nil, let unit = measureUnits[token] {
            quantity.unit = unit
        } else if let factor = scalars.first.flatMap({ magnitudes[String($0)] }) {
            quantity.magnitude *= factor
            position = start + UTF8.width(scalars[0])
            return true
        } else {
            return false
        }
        position = end
        return true
    }

    /// The end of a unit or word: letters, then `/` and letters, then `^2` or `^3`.
    private func tokenEnd(_ start: Int) -> Int {
        var end = start
        while end < bytes.count, end - start < 24, bytes[end].isLetter || bytes[end] == UInt8(ascii: "$") {
            end += 1
        }
        if end > start, end + 1 < bytes.count, bytes[end] == UInt8(ascii: "/"), bytes[end + 1].isASCIILetter {
            end += 1
            while end < bytes.count, end - start < 24, bytes[end].isASCIILetter { end += 1 }
        }
        if end > start, end + 1 < bytes.count, bytes[end] == UInt8(ascii: "^"),
            "23".utf8.contains(bytes[end + 1])
        {
            end += 2
        }
        return end
    }
}
