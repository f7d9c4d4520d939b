// Searches in bytes. Answers can be hostile input of any length, so all functions are linear: no regular
// expressions, no backtracking, no Character boundaries, which a combining mark could move.

extension Array where Element == UInt8 {
    /// Whether `pattern` is at `position`.
    func has(_ pattern: StaticString, at position: Int) -> Bool {
        let length = pattern.utf8CodeUnitCount
        guard position >= 0, position + length <= count else { return false }
        return pattern.withUTF8Buffer { pattern in
            for offset in 0..<length where self[position + offset] != pattern[offset] { return false }
            return true
        }
    }

    /// The first position of `pattern` at or after `start`.
    func first(_ pattern: StaticString, from start: Int = 0) -> Int? {
        var position = start
        while position + pattern.utf8CodeUnitCount <= count {
            if has(pattern, at: position) { return position }
            position += 1
        }
        return nil
    }

    /// The last position of `pattern`.
    func last(_ pattern: StaticString) -> Int? {
        var position = count - pattern.utf8CodeUnitCount
        while position >= 0 {
            if has(pattern, at: position) { return position }
            position -= 1
        }
        return nil
    }

    /// The number of non-overlapping occurrences of `pattern`.
    func occurrences(of pattern: StaticString) -> Int {
        var (found, position) = (0, 0)
        while let next = first(pattern, from: position) {
            found += 1
            position = next + pattern.utf8CodeUnitCount
        }
        return found
    }

    /// `range` without ASCII white space at either end.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isSpace { start += 1 }
        while end > start, self[end - 1].isSpace { end -= 1 }
        return start..<end
    }

    /// The bytes of `range` as text.
    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }
}

extension UInt8 {
    /// ASCII white space, including vertical tab and form feed.
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    /// `0` to `9`.
    var isDigit: Bool { (0x30...0x39).contains(self) }
    /// `A` to `Z`.
    var isUppercase: Bool { (0x41...0x5A).contains(self) }
    /// `A` to `Z` and `a` to `z`.
    var isASCIILetter: Bool { isUppercase || (0x61...0x7A).contains(self) }
    /// An ASCII letter or any byte of a longer character.
    var isLetter: Bool { isUppercase || (0x61...0x7A).contains(self) || self >= 0x80 }
    /// A letter, a digit or an underscore.
    var isWord: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }
}
