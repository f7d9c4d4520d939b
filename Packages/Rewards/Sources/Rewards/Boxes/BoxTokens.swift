// The numbers of a text that may be edges of boxes: in brackets, after a name, or bare. One pass, no recursion.
import TrainingData

/// The bracketed, named and bare numbers of a text.
struct BoxTokens {
    /// Numbers between one opening bracket and its closing one, with nothing else inside.
    struct Group {
        var numbers: [Double]
        /// From the opening bracket to behind the closing one.
        var range: Range<Int>
        /// The JSON key or name before the bracket, in lower case without signs; empty if there is none.
        var key: String

        /// Whether the key says that these numbers are no box.
        var isOther: Bool {
            ["point", "size", "shape", "resolution", "keypoint"].contains { key.contains($0) }
        }

        /// The box of four numbers: two corners, unless the key names something else.
        var box: Box {
            let n = numbers
            if key.contains("cxcywh") {
                return Box(
                    x1: n[0] - n[2] / 2, y1: n[1] - n[3] / 2, x2: n[0] + n[2] / 2, y2: n[1] + n[3] / 2)
            }
            if key.contains("xywh") || key.contains("ltwh") {
                return Box(x1: n[0], y1: n[1], x2: n[0] + n[2], y2: n[1] + n[3])
            }
            return Box(x1: n[0], y1: n[1], x2: n[2], y2: n[3])
        }
    }

    let bytes: [UInt8]
    private(set) var groups: [Group] = []
    /// Numbers after a name of an edge, with the name's one spelling.
    private(set) var named: [(place: Int, name: String, value: Double)] = []

    /// The spellings of the names of edges, in lower case and without signs.
    private static let edgeNames: [String: String] = [
        "x0": "x0", "y0": "y0", "x1": "x1", "y1": "y1", "x2": "x2", "y2": "y2", "xmin": "left", "ymin": "top",
        "xmax": "right", "ymax": "bottom", "minx": "left", "miny": "top", "maxx": "right", "maxy": "bottom",
        "left": "left", "top": "top", "right": "right", "bottom": "bottom", "xtl": "left", "ytl": "top",
        "xbr": "right", "ybr": "bottom", "x": "x", "y": "y", "w": "w", "h": "h", "width": "w", "height": "h",
        "cx": "cx", "cy": "cy", "xc": "cx", "yc": "cy", "xcenter": "cx", "ycenter": "cy", "centerx": "cx",
        "centery": "cy",
    ]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var open: Int?
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: "{"):
                open = position
                position += 1
            case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"):
                if let start = open, let numbers = numbers(in: (start + 1)..<position) {
                    groups.append(
                        Group(numbers: numbers, range: start..<(position + 1), key: name(before: start)))
                }
                open = nil
                position += 1
            case let byte where byte.isASCIILetter: readName(&position)
            default: position += 1
            }
        }
    }

    /// Whether only brackets and separators are between two groups.
    func areBeside(_ a: Group, _ b: Group) -> Bool {
        guard b.range.lowerBound - a.range.upperBound <= 64 else { return false }
        let between = bytes[a.range.upperBound..<b.range.lowerBound]
        return between.allSatisfy { $0.isSpace || "[](),;-".utf8.contains($0) }
    }

    /// The four numbers of a short text that has exactly four, with separators between them.
    var bareNumbers: [Double]? {
        guard bytes.count <= 240, groups.isEmpty else { return nil }
        // Digits in a word, as in "bbox_2d", are no number.
        let digits = words(of: bytes).filter { bytes[$0.range].allSatisfy(\.isDigit) }
        guard var start = digits.first?.range.lowerBound, let end = digits.last?.range.upperBound else {
            return nil
        }
        while start > 0, "+-.".utf8.contains(bytes[start - 1]) { start -= 1 }
        guard let numbers = numbers(in: start..<end), numbers.count == 4, words(of: bytes).count <= 12 else {
            return nil
        }
        return numbers
    }

    /// The numbers of a range that has nothing else but separators, quotes and "px"; nil otherwise.
    private func numbers(in range: Range<Int>) -> [Double]? {
        // Longer insides are no list of two or four numbers.
        guard range.count <= 400 else { return nil }
        var (found, position): ([Double], Int) = ([], range.lowerBound)
        var needsSeparator = false
        while position < range.upperBound {
            let byte = bytes[position]
            if byte.isSpace || ",;\"'".utf8.contains(byte) {
                needsSeparator = false
                position += 1
            } else if bytes.has("px", at: position), position + 2 <= range.upperBound, needsSeparator {
                position += 2
            } else {
                guard !needsSeparator, let (value, end) = number(at: position, before: range.upperBound)
                else {
                    return nil
                }
                found.append(value)
                position = end
                needsSeparator = true
            }
        }
        return found
    }

    /// A finite decimal number of at most 32 characters.
    private func number(at start: Int, before limit: Int) -> (Double, end: Int)? {
        var end = start
        while end < limit, bytes[end].isDigit || "+-.eE".utf8.contains(bytes[end]) { end += 1 }
        guard end > start, end - start <= 32, bytes[start] | 0x20 != UInt8(ascii: "e"),
            let value = Double(bytes.text(start..<end)), value.isFinite
        else { return nil }
        return (value, end)
    }

    /// The name before an opening bracket: `"bbox_2d": [`, `box = (`.
    private func name(before bracket: Int) -> String {
        var end = bracket
        while end > 0, bracket - end < 8, bytes[end - 1].isSpace || "[({:='\"".utf8.contains(bytes[end - 1]) {
            end -= 1
        }
        // A sign must separate the name from the bracket, or it is a word of the text.
        guard bytes[end..<bracket].contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") })
        else {
            return ""
        }
        var start = end
        while start > 0, end - start < 32, bytes[start - 1].isWord || bytes[start - 1] == UInt8(ascii: "-") {
            start -= 1
        }
        return spelling(start..<end)
    }

    private func spelling(_ range: Range<Int>) -> String {
        String(decoding: bytes[range].filter { $0.isASCIILetter || $0.isDigit }, as: UTF8.self).lowercased()
    }

    /// Reads a word and, if it is the name of an edge, the number after it.
    private mutating func readName(_ position: inout Int) {
        let start = position
        while position < bytes.count, bytes[position].isWord || bytes[position] == UInt8(ascii: "-") {
            position += 1
        }
        guard position - start <= 12, let name = Self.edgeNames[spelling(start..<position)] else { return }
        var next = position
        var hasSign = false
        while next < bytes.count, next - position < 8,
            bytes[next].isSpace || "\"':=".utf8.contains(bytes[next])
        {
            hasSign = hasSign || bytes[next] == UInt8(ascii: ":") || bytes[next] == UInt8(ascii: "=")
            next += 1
        }
        guard hasSign, let (value, end) = number(at: next, before: min(next + 33, bytes.count)) else {
            return
        }
        named.append((start, name, value))
        position = end
    }
}
