// The numbers in a text as MMMU's three regular expressions find them, in linear time. The scans overlap: 1,249 gives
// 1,249 and 249. Source: MMMU, eval/eval_utils.py (extract_numbers).

/// The three scans of MMMU's rule for open questions.
struct NumberScans {
    private let points: [UInt32]

    /// The numbers of a text: with commas between groups, in scientific notation, then plain ones.
    static func numbers(in text: PythonText) -> [PythonText] {
        let scans = NumberScans(points: text.points)
        return (scans.grouped() + scans.scientific() + scans.plain()).map { PythonText(text.points[$0]) }
    }

    /// The numbers of a text that are not part of a longer one, from the left.
    static func outermost(in text: PythonText) -> [PythonText] {
        let scans = NumberScans(points: text.points)
        var ranges = scans.grouped() + scans.scientific() + scans.plain()
        ranges.sort { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
        var (found, end): ([PythonText], Int) = ([], 0)
        for range in ranges where range.lowerBound >= end {
            found.append(PythonText(text.points[range]))
            end = range.upperBound
        }
        return found
    }

    private init(points: [UInt32]) { self.points = points }

    private func isDigit(_ place: Int) -> Bool {
        place < points.count && PythonCharacter.isDigit(points[place])
    }

    private func has(_ sign: Unicode.Scalar, _ place: Int) -> Bool {
        place < points.count && points[place] == sign.value
    }

    private func isWord(_ place: Int) -> Bool {
        points.indices.contains(place) && PythonCharacter.isWord(points[place])
    }

    private func digitsEnd(_ start: Int) -> Int {
        var end = start
        while isDigit(end) { end += 1 }
        return end
    }

    /// The start with a minus sign before it that is not part of the last number.
    private func signed(_ start: Int, after last: Int) -> Int {
        start > last && has("-", start - 1) ? start - 1 : start
    }

    /// One to three digits, then groups of a comma and three digits, between word boundaries.
    private func grouped() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var (place, last) = (0, 0)
        while place < points.count {
            guard isDigit(place) else {
                place += 1
                continue
            }
            let end = digitsEnd(place)
            guard end - place <= 3, !isWord(place - 1) else {
                place = end
                continue
            }
            var stop: Int?
            var group = end
            while has(",", group), isDigit(group + 1), isDigit(group + 2), isDigit(group + 3) {
                group += 4
                if !isWord(group) { stop = group }
            }
            guard let stop else {
                place = end
                continue
            }
            found.append(signed(place, after: last)..<stop)
            (place, last) = (stop, stop)
        }
        return found
    }

    /// Digits with or without a fraction, then an exponent.
    private func scientific() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var (place, last) = (0, 0)
        while place < points.count {
            guard isDigit(place) else {
                place += 1
                continue
            }
            let end = digitsEnd(place)
            let fraction = has(".", end) && isDigit(end + 1) ? digitsEnd(end + 1) : end
            // Without an exponent after the fraction there is none after the whole part either: a point is there.
            if let stop = exponentEnd(fraction) {
                found.append(signed(place, after: last)..<stop)
                (place, last) = (stop, stop)
            } else {
                place = end
            }
        }
        return found
    }

    /// The end of an exponent that begins at `start`.
    private func exponentEnd(_ start: Int) -> Int? {
        guard has("e", start) || has("E", start) else { return nil }
        let digits = has("+", start + 1) || has("-", start + 1) ? start + 2 : start + 1
        return isDigit(digits) ? digitsEnd(digits) : nil
    }

    /// `1.5`, `.5` or `15` at the end of a word, followed neither by an exponent nor by a comma or digit.
    private func plain() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var (place, last) = (0, 0)
        while place < points.count {
            let startsFraction = has(".", place) && isDigit(place + 1)
            guard isDigit(place) || startsFraction else {
                place += 1
                continue
            }
            let whole = digitsEnd(place)
            let hasFraction = has(".", whole) && isDigit(whole + 1)
            let fraction = hasFraction ? digitsEnd(whole + 1) : whole
            var stop: Int?
            if hasFraction, isFree(fraction) {
                stop = fraction
            } else if whole > place, !isWord(whole), isFree(whole) {
                stop = whole
            }
            if let stop {
                found.append(signed(place, after: last)..<stop)
                (place, last) = (stop, stop)
            } else {
                place = max(whole, place + 1)
            }
        }
        return found
    }

    private func isFree(_ place: Int) -> Bool {
        exponentEnd(place) == nil && !has(",", place) && !isDigit(place)
    }
}
