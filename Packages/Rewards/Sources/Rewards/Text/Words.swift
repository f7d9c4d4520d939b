// Splits text into words, and normalizes texts for comparison.

/// How a script separates its words.
enum Script {
    /// With spaces: Latin, Cyrillic, Greek, Arabic, ...; also digits.
    case spaced
    /// Hangul: with spaces, but particles follow Latin letters directly.
    case hangul
    /// Without spaces: Chinese, Japanese, Thai, ...
    case unspaced
}

/// A run of letters and digits of one script.
struct Word {
    /// Its bytes.
    let range: Range<Int>
    /// Its script.
    let script: Script
}

/// The words of a text.
///
/// A hyphen or apostrophe between letters joins them, so "no-one" does not have the word "no". A change of the
/// script ends a word, so the letter of `答案是B` is a word.
func words(of bytes: [UInt8]) -> [Word] {
    var words: [Word] = []
    var (position, start) = (0, 0)
    var current: Script?
    func close(_ end: Int) {
        if let current { words.append(Word(range: start..<end, script: current)) }
    }
    while position < bytes.count {
        let (script, length) = character(bytes, at: position)
        let continues = script == nil && current == .spaced && joins(bytes, at: position)
        if !continues, script != current {
            close(position)
            (current, start) = (script, position)
        }
        position += length
    }
    close(bytes.count)
    return words
}

/// The script of the character at `position`, nil for a sign, and the number of its bytes.
private func character(_ bytes: [UInt8], at position: Int) -> (script: Script?, length: Int) {
    let first = bytes[position]
    if first < 0x80 { return (first.isWord ? .spaced : nil, 1) }
    let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
    guard length > 1, position + length <= bytes.count else { return (.spaced, 1) }
    var value = UInt32(first) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
    for byte in bytes[(position + 1)..<(position + length)] {
        guard byte & 0xC0 == 0x80 else { return (.spaced, 1) }
        value = value << 6 | UInt32(byte & 0x3F)
    }
    return (script(of: value), length)
}

private func script(of value: UInt32) -> Script? {
    switch value {
    case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7AF: return .hangul
    case 0x0E01...0x0E2E, 0x0E30...0x0E3A, 0x0E40...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF,
        0x2E80...0x2FDF, 0x3005...0x3007, 0x3041...0x30FF, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
        0xF900...0xFAFF, 0x20000...0x3FFFF:
        return .unspaced
    default:
        guard let properties = Unicode.Scalar(value)?.properties else { return .spaced }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return .spaced
        default: return properties.isAlphabetic || properties.numericType != nil ? .spaced : nil
        }
    }
}

private func joins(_ bytes: [UInt8], at position: Int) -> Bool {
    guard bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "'"), position > 0,
        position + 1 < bytes.count
    else { return false }
    return bytes[position - 1].isLetter && bytes[position + 1].isLetter
}

/// The plain text in lower case, with single spaces, without surrounding quotes and punctuation.
func normalized(_ text: String) -> [UInt8] { normalized(plain: plain(text)) }

/// Plain bytes in lower case, with single spaces, without surrounding quotes and punctuation.
func normalized(plain bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in String(decoding: Array(bytes), as: UTF8.self).lowercased().utf8 {
        if byte.isSpace {
            if let last = result.last, last != 0x20 { result.append(0x20) }
        } else {
            result.append(byte)
        }
    }
    let fringe = Array(" .,;:!\"'*`$".utf8)
    while let last = result.last, fringe.contains(last) { result.removeLast() }
    return Array(result.drop { fringe.contains($0) && $0 != UInt8(ascii: ".") })
}

/// Whether two texts are the same without case, markup, repeated spaces, and quotes and punctuation around them.
///
/// Empty texts are not.
public func haveSameWords(_ a: String, _ b: String) -> Bool {
    let text = normalized(a)
    return !text.isEmpty && text == normalized(b)
}

/// Whether a text occurs in another as whole words, compared as by ``haveSameWords(_:_:)``.
///
/// A script without spaces has no word boundaries. Linear in the texts.
public func hasWords(_ words: String, in text: String) -> Bool {
    !places(of: normalized(words), in: normalized(text)).isEmpty
}

/// Where `needle` occurs in `text` as whole words.
///
/// Linear in time for all texts (Knuth, Morris, Pratt). A script without spaces has no word boundaries.
func places(of needle: [UInt8], in text: [UInt8]) -> [Range<Int>] {
    guard !needle.isEmpty, needle.count <= text.count else { return [] }
    var failure = [Int](repeating: 0, count: needle.count)
    var matched = 0
    for position in needle.indices.dropFirst() {
        while matched > 0, needle[matched] != needle[position] { matched = failure[matched - 1] }
        if needle[matched] == needle[position] { matched += 1 }
        failure[position] = matched
    }
    var found: [Range<Int>] = []
    matched = 0
    for position in text.indices {
        while matched > 0, needle[matched] != text[position] { matched = failure[matched - 1] }
        if needle[matched] == text[position] { matched += 1 }
        guard matched == needle.count else { continue }
        let range = (position + 1 - needle.count)..<(position + 1)
        if isFree(text, at: range.lowerBound) && isFree(text, at: range.upperBound) { found.append(range) }
        matched = failure[matched - 1]
    }
    return found
}

/// Whether a word may begin or end at `position`.
private func isFree(_ text: [UInt8], at position: Int) -> Bool {
    guard position > 0, position < text.count else { return true }
    var start = position - 1
    while start > 0, position - start < 4, text[start] & 0xC0 == 0x80 { start -= 1 }
    guard let before = character(text, at: start).script, let after = character(text, at: position).script
    else { return true }
    return before != after || before == .unspaced
}
