// One spelling for signs and digits: full-width letters, digits of other scripts, curly quotes, dashes,
// superscripts and mathematical signs become ASCII or a LaTeX command. Every reader starts with this.

/// The UTF-8 of a text with one spelling of each sign.
///
/// Linear in the text. Full-width and mathematical letters and the decimal digits of all scripts become
/// ASCII; so do quotes, brackets, dashes, spaces and the ideographic comma and full stop.
func folded(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    var isRaised = false
    for scalar in text.unicodeScalars {
        let value = scalar.value
        if value < 0x80 {
            result.append(UInt8(value))
            isRaised = false
            continue
        }
        if let digit = raisedDigits[value] {
            if !isRaised { result.append(UInt8(ascii: "^")) }
            result.append(digit)
            isRaised = true
            continue
        }
        isRaised = false
        switch value {
        case 0xFF01...0xFF5E: result.append(UInt8(value - 0xFEE0))
        case 0x1D400...0x1D6A3:
            let letter = UInt8((value - 0x1D400) % 52)
            result.append(letter < 26 ? 0x41 + letter : 0x61 + letter - 26)
        case 0x24B6...0x24CF: result += [UInt8(ascii: "("), UInt8(0x41 + value - 0x24B6), UInt8(ascii: ")")]
        case 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189:
            result += [UInt8(ascii: "("), UInt8(0x41 + (value - 0x1F130) % 32), UInt8(ascii: ")")]
        case 0x200B...0x200D, 0x2060, 0xFE0E, 0xFE0F, 0xFEFF: break
        case 0xA0, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: result.append(0x20)
        case 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63: result.append(UInt8(ascii: "-"))
        default:
            if let spelling = spellings[value] {
                result += Array(spelling.utf8)
            } else if scalar.properties.numericType == .decimal, let digit = scalar.properties.numericValue {
                result.append(0x30 + UInt8(digit))
            } else {
                result += Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }
    return result
}

/// Superscript digits and signs.
private let raisedDigits: [UInt32: UInt8] = {
    var digits: [UInt32: UInt8] = [0xB9: 0x31, 0xB2: 0x32, 0xB3: 0x33, 0x2070: 0x30, 0x207B: 0x2D]
    for digit in 4...9 { digits[0x2070 + UInt32(digit)] = 0x30 + UInt8(digit) }
    return digits
}()

/// Signs and how they are written here.
private let spellings: [UInt32: String] = {
    let table: [(String, String)] = [
        ("\u{3002}\u{FF61}", "."), ("\u{3001}\u{FF64}", ","), ("\u{2018}\u{2019}\u{2032}", "'"),
        ("\u{201C}\u{201D}\u{300C}\u{300D}\u{300E}\u{300F}\u{300A}\u{300B}\u{AB}\u{BB}", "\""),
        ("\u{3010}\u{3014}\u{3016}", "["), ("\u{3011}\u{3015}\u{3017}", "]"), ("\u{2236}\u{FE55}", ":"),
        ("\u{66A}", "%"), ("\u{2044}\u{2215}\u{F7}", "/"), ("\u{D7}\u{B7}\u{22C5}\u{2217}", "*"),
        ("\u{221A}", "\\surd "), ("\u{3C0}", "\\pi "), ("\u{221E}", "\\infty "), ("\u{222A}", "\\cup "),
        ("\u{B1}", "\\pm "), ("\u{2264}\u{2A7D}", "\\le "), ("\u{2265}\u{2A7E}", "\\ge "),
        ("\u{2248}\u{2243}\u{2245}", "\\approx "), ("\u{2208}", "\\in "), ("\u{BA}", "\u{B0}"),
        ("\u{2103}", "\u{B0}C"), ("\u{2109}", "\u{B0}F"), ("\u{BD}", " 1/2"), ("\u{BC}", " 1/4"),
        ("\u{BE}", " 3/4"), ("\u{2153}", " 1/3"), ("\u{2154}", " 2/3"), ("\u{2155}", " 1/5"),
        ("\u{2156}", " 2/5"), ("\u{2157}", " 3/5"), ("\u{2158}", " 4/5"), ("\u{2159}", " 1/6"),
        ("\u{215A}", " 5/6"), ("\u{215B}", " 1/8"), ("\u{215C}", " 3/8"), ("\u{215D}", " 5/8"),
        ("\u{215E}", " 7/8"), ("\u{2033}", "\""), ("\u{223C}\u{FF5E}", "~"), ("\u{FFE5}", "\u{A5}"),
        ("\u{2223}\u{FF5C}", "|"),
    ]
    return table.reduce(into: [:]) { spellings, entry in
        for scalar in entry.0.unicodeScalars { spellings[scalar.value] = entry.1 }
    }
}()
