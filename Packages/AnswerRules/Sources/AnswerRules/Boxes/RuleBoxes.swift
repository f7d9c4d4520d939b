// The overlap of boxes as the references compute it, and the numbers in their regular expressions.
import TrainingData

/// Four edges x1, y1, x2, y2, which may be inverted.
typealias Edges = [Double]

/// Boxes as the references treat them.
enum RuleBoxes {
    /// The edges of a gold box.
    static func edges(_ box: Box) -> Edges { [box.x1, box.y1, box.x2, box.y2] }

    /// Intersection over union, no "+1"; 0 without overlap, also for inverted corners.
    static func overlap(_ a: Edges, _ b: Edges) -> Double {
        let width = min(a[2], b[2]) - max(a[0], b[0])
        let height = min(a[3], b[3]) - max(a[1], b[1])
        guard width > 0, height > 0 else { return 0 }
        let shared = width * height
        let union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
        return union > 0 ? shared / union : 0
    }

    /// The largest absolute edge.
    static func largest(_ box: Edges) -> Double { box.map(abs).max() ?? 0 }
}

/// Reads numbers and separators from a text, as the regular expressions of the references do.
struct BoxScanner {
    let points: [UInt32]

    init(_ text: PythonText) { points = text.points }

    func has(_ sign: Unicode.Scalar, _ place: Int) -> Bool {
        place < points.count && points[place] == sign.value
    }

    func isDigit(_ place: Int) -> Bool { place < points.count && PythonCharacter.isDigit(points[place]) }

    /// The first place at or after `place` without white space.
    func skipSpace(_ place: Int) -> Int {
        var end = place
        while end < points.count, PythonCharacter.isSpace(points[end]) { end += 1 }
        return end
    }

    private func digitsEnd(_ place: Int) -> Int {
        var end = place
        while isDigit(end) { end += 1 }
        return end
    }

    /// The end of `-?\d+(\.\d+)?` at a place.
    func plainNumberEnd(_ place: Int) -> Int? {
        let start = has("-", place) ? place + 1 : place
        guard isDigit(start) else { return nil }
        let end = digitsEnd(start)
        return has(".", end) && isDigit(end + 1) ? digitsEnd(end + 1) : end
    }

    /// The end of `[-+]?\d*\.?\d+([eE][-+]?\d+)?` at a place.
    func numberEnd(_ place: Int) -> Int? {
        let start = has("-", place) || has("+", place) ? place + 1 : place
        var end = digitsEnd(start)
        if has(".", end), isDigit(end + 1) { end = digitsEnd(end + 1) }
        guard end > start else { return nil }
        guard has("e", end) || has("E", end) else { return end }
        let digits = has("-", end + 1) || has("+", end + 1) ? end + 2 : end + 1
        return isDigit(digits) ? digitsEnd(digits) : end
    }

    /// The number in a range; nil where Python's `float` raises.
    func value(_ range: Range<Int>) -> Double? { PythonText(points[range]).float }

    /// Four numbers that begin at a place, and where they end.
    ///
    /// `number` gives the end of a number that begins at a place, `separator` that of what is between two numbers.
    func four(
        at place: Int, number: (Int) -> Int?, separator: (Int) -> Int?
    ) -> (box: Edges, end: Int)? {
        var box: Edges = []
        var position = place
        for index in 0..<4 {
            if index > 0 {
                guard let next = separator(position) else { return nil }
                position = next
            }
            guard let end = number(position), let value = value(position..<end) else { return nil }
            box.append(value)
            position = end
        }
        return (box, position)
    }
}
