// Splits text into words, and normalizes texts for comparison.

/// The words of a text: runs of letters and digits.
///
/// A hyphen or apostrophe between letters joins them, so "no-one" does not have the word "no".
func words(of bytes: [UInt8]) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var position = 0
    while position < bytes.count {
        guard bytes[position].isWord else {
            position += 1
            continue
        }
        let start = position
        while position < bytes.count, bytes[position].isWord || joins(bytes, at: position) { position += 1 }
        words.append(start..<position)
    }
    return words
}

private func joins(_ bytes: [UInt8], at position: Int) -> Bool {
    guard bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "'"), position > 0,
        position + 1 < bytes.count
    else { return false }
    return bytes[position - 1].isLetter && bytes[position + 1].isLetter
}

/// The text in lower case, with single spaces, without surrounding quotes and punctuation.
func normalized(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    for byte in text.lowercased().utf8 {
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

/// Whether `needle` occurs in `text` without adjacent letters or digits.
///
/// Linear in time for all texts (Knuth, Morris, Pratt).
func occurs(_ needle: [UInt8], in text: [UInt8]) -> Bool {
    guard !needle.isEmpty, needle.count <= text.count else { return false }
    var failure = [Int](repeating: 0, count: needle.count)
    var matched = 0
    for position in needle.indices.dropFirst() {
        while matched > 0, needle[matched] != needle[position] { matched = failure[matched - 1] }
        if needle[matched] == needle[position] { matched += 1 }
        failure[position] = matched
    }
    matched = 0
    for position in text.indices {
        while matched > 0, needle[matched] != text[position] { matched = failure[matched - 1] }
        if needle[matched] == text[position] { matched += 1 }
        guard matched == needle.count else { continue }
        let start = position + 1 - needle.count
        let isFreeBefore = start == 0 || !text[start - 1].isWord
        let isFreeAfter = position + 1 == text.count || !text[position + 1].isWord
        if isFreeBefore && isFreeAfter { return true }
        matched = failure[matched - 1]
    }
    return false
}
