// Texts with the operations of Python's `str`, which the references are written with. A Swift `String` compares by
// canonical equivalence and counts grapheme clusters; Python does neither.

/// A text as an array of Unicode code points.
struct PythonText: Equatable, Hashable, Sendable, ExpressibleByStringLiteral {
    /// The code points.
    var points: [UInt32]

    init(_ points: some Sequence<UInt32>) { self.points = Array(points) }

    init(_ text: String) {
        var text = text
        let ascii = text.withUTF8 { bytes in bytes.allSatisfy { $0 < 0x80 } ? bytes.map(UInt32.init) : nil }
        points = ascii ?? text.unicodeScalars.map(\.value)
    }

    init(stringLiteral text: String) { self.init(text) }

    /// The text as a Swift string.
    var string: String {
        if points.allSatisfy({ $0 < 0x80 }) {
            return String(unsafeUninitializedCapacity: count) { bytes in
                for (place, point) in points.enumerated() { bytes[place] = UInt8(truncatingIfNeeded: point) }
                return points.count
            }
        }
        var scalars = String.UnicodeScalarView()
        for point in points { scalars.append(Unicode.Scalar(point) ?? "\u{FFFD}") }
        return String(scalars)
    }

    var count: Int { points.count }
    var isEmpty: Bool { points.isEmpty }

    /// The text in lower case (`lower`).
    var lowercased: PythonText { PythonText(PythonCharacter.lowercased(points)) }

    static func + (left: PythonText, right: PythonText) -> PythonText {
        PythonText(left.points + right.points)
    }

    // MARK: - Ends

    /// Without white space at both ends (`strip`).
    var stripped: PythonText { stripped(PythonCharacter.isSpace) }

    /// Without this character at both ends (`strip` with an argument).
    func stripped(of character: Unicode.Scalar) -> PythonText { stripped { $0 == character.value } }

    private func stripped(_ isDropped: (UInt32) -> Bool) -> PythonText {
        guard let first = points.firstIndex(where: { !isDropped($0) }),
            let last = points.lastIndex(where: { !isDropped($0) })
        else { return "" }
        return PythonText(points[first...last])
    }

    /// Without this character at the end (`rstrip`).
    func strippedAtEnd(of character: Unicode.Scalar) -> PythonText {
        let last = points.lastIndex { $0 != character.value }
        return PythonText(points[..<(last.map { $0 + 1 } ?? 0)])
    }

    /// Without this character at the start (`lstrip`).
    func strippedAtStart(of character: Unicode.Scalar) -> PythonText {
        PythonText(points.drop { $0 == character.value })
    }

    func hasPrefix(_ other: PythonText) -> Bool { points.starts(with: other.points) }

    func hasSuffix(_ other: PythonText) -> Bool {
        count >= other.count && points[(count - other.count)...].elementsEqual(other.points)
    }

    // MARK: - Parts

    /// The words between white space (`split`).
    var words: [PythonText] { wordRanges.map { PythonText(points[$0]) } }

    /// Where the words between white space are.
    var wordRanges: [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start: Int?
        for (place, point) in points.enumerated() {
            if PythonCharacter.isSpace(point) {
                if let begin = start { ranges.append(begin..<place) }
                start = nil
            } else if start == nil {
                start = place
            }
        }
        if let begin = start { ranges.append(begin..<count) }
        return ranges
    }

    /// The parts between occurrences of a text (`split` with an argument); empty parts stay.
    func split(_ separator: PythonText) -> [PythonText] {
        var parts: [PythonText] = []
        var start = 0
        for place in places(of: separator) {
            parts.append(PythonText(points[start..<place]))
            start = place + separator.count
        }
        return parts + [PythonText(points[start...])]
    }

    /// What follows the last occurrence of a text; all of it without one (`split(...)[-1]`).
    ///
    /// The separator must not end as it begins, so that its occurrences cannot overlap.
    func after(last separator: PythonText) -> PythonText {
        guard let place = findLast(separator) else { return self }
        return PythonText(points[(place + separator.count)...])
    }

    /// What precedes the first occurrence of a text; all of it without one (`split(...)[0]`).
    func before(first separator: PythonText) -> PythonText {
        guard let place = find(separator) else { return self }
        return PythonText(points[..<place])
    }

    /// The text with every occurrence of one text replaced by another (`replace`).
    func replacing(_ old: PythonText, with new: PythonText) -> PythonText {
        let places = places(of: old)
        guard !places.isEmpty else { return self }
        var result: [UInt32] = []
        result.reserveCapacity(points.count)
        var start = 0
        for place in places {
            result += points[start..<place]
            result += new.points
            start = place + old.count
        }
        return PythonText(result + points[start...])
    }

    // MARK: - Searches

    /// Whether a text occurs; the empty text always does (`in`).
    func contains(_ other: PythonText) -> Bool { find(other) != nil }

    /// The first place of a text at or after `start` (`find`).
    func find(_ other: PythonText, from start: Int = 0) -> Int? {
        if other.isEmpty { return start <= count ? start : nil }
        var search = TextSearch(other.points)
        return search.next(in: points, from: start)
    }

    /// The last place of a text (`rfind`); overlapping occurrences count.
    func findLast(_ other: PythonText) -> Int? {
        if other.isEmpty { return count }
        return TextSearch(other.points).last(in: points)
    }

    /// The places of a text that is not empty, without overlaps, from the left.
    func places(of other: PythonText) -> [Int] {
        var places: [Int] = []
        var search = TextSearch(other.points)
        var position = 0
        while let place = search.next(in: points, from: position) {
            places.append(place)
            position = place + other.count
        }
        return places
    }
}

/// A search in linear time: Knuth, Morris, Pratt for texts whose comparison at every place would take long.
private struct TextSearch {
    private static let shortCount = 16

    private let needle: [UInt32]
    /// For each position the length of the longest border before it; made when first needed.
    private var failure: [Int] = []

    init(_ needle: [UInt32]) { self.needle = needle }

    /// The first place at or after `start`.
    mutating func next(in text: [UInt32], from start: Int) -> Int? {
        guard let first = needle.first, text.count - start >= needle.count else { return nil }
        if needle.count <= Self.shortCount { return shortNext(in: text, from: start, first) }
        guard let begin = text[start...].firstIndex(of: first) else { return nil }
        if failure.isEmpty { failure = Self.borders(needle) }
        return text.withUnsafeBufferPointer { text in
            var matched = 0
            for position in begin..<text.count {
                while matched > 0, needle[matched] != text[position] { matched = failure[matched - 1] }
                if needle[matched] == text[position] { matched += 1 }
                if matched == needle.count { return position + 1 - needle.count }
            }
            return nil
        }
    }

    private func shortNext(in text: [UInt32], from start: Int, _ first: UInt32) -> Int? {
        text.withUnsafeBufferPointer { text in
            needle.withUnsafeBufferPointer { needle in
                var place = start
                let last = text.count - needle.count
                while place <= last {
                    if text[place] == first {
                        var matched = 1
                        while matched < needle.count, text[place + matched] == needle[matched] {
                            matched += 1
                        }
                        if matched == needle.count { return place }
                    }
                    place += 1
                }
                return nil
            }
        }
    }

    /// The last place.
    func last(in text: [UInt32]) -> Int? {
        guard let first = needle.first, text.count >= needle.count else { return nil }
        guard needle.count <= Self.shortCount else {
            var search = TextSearch(needle.reversed())
            return search.next(in: text.reversed(), from: 0).map { text.count - $0 - needle.count }
        }
        return text.withUnsafeBufferPointer { text in
            var place = text.count - needle.count
            while place >= 0 {
                if text[place] == first, text[place..<(place + needle.count)].elementsEqual(needle) {
                    return place
                }
                place -= 1
            }
            return nil
        }
    }

    private static func borders(_ needle: [UInt32]) -> [Int] {
        var borders = [Int](repeating: 0, count: needle.count)
        var matched = 0
        for position in needle.indices.dropFirst() {
            while matched > 0, needle[matched] != needle[position] { matched = borders[matched - 1] }
            if needle[matched] == needle[position] { matched += 1 }
            borders[position] = matched
        }
        return borders
    }
}
