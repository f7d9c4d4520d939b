// Unicode normalisation form C of a piece of text. The standard library has it as system programming interface
// (Foundation's own normalisation is built on the same entry point); `precomposedStringWithCanonicalMapping` gives
// the same text but took a hundred times as long on mixed Latin and Chinese text.
@_spi(_Unicode) import Swift

/// Composition of characters with their combining marks.
enum CanonicalComposition {
    /// Marks in a row that the standard library may sort itself: its sort is quadratic in their number.
    private static let longRun = 32

    /// True when composition can change the text: below U+0300 every scalar is already composed.
    static func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            if text[index] >= 0xCC { return true }
            index += 1
        }
        return false
    }

    /// The composed form (NFC) of `text`, which must be valid UTF-8.
    static func composed(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var source = String(decoding: text, as: UTF8.self)
        if longestMarkRun(source) > longRun { source = withOrderedMarks(source) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in source._nfc {
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return bytes
    }

    private static func longestMarkRun(_ text: String) -> Int {
        var (longest, current) = (0, 0)
        for scalar in text.unicodeScalars {
            current = isMark(scalar) ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x300
            && (scalar.properties.canonicalCombiningClass != .notReordered || splitMarks[scalar] != nil)
    }

    /// The three characters of combining class 0 that decompose into marks; composition never restores them.
    private static let splitMarks: [Unicode.Scalar: [Unicode.Scalar]] = [
        "\u{F73}": ["\u{F71}", "\u{F72}"],
        "\u{F75}": ["\u{F71}", "\u{F74}"],
        "\u{F81}": ["\u{F71}", "\u{F80}"],
    ]

    /// The text with every run of marks in canonical order: an equivalent text with the same composed form.
    private static func withOrderedMarks(_ text: String) -> String {
        var ordered = String.UnicodeScalarView()
        var marks: [Unicode.Scalar] = []
        func flush() {
            let order = marks.indices.sorted { first, second in
                let (a, b) = (marks[first].properties, marks[second].properties)
                return (a.canonicalCombiningClass.rawValue, first)
                    < (b.canonicalCombiningClass.rawValue, second)
            }
            ordered.append(contentsOf: order.map { marks[$0] })
            marks.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            if isMark(scalar) {
                marks.append(contentsOf: splitMarks[scalar] ?? [scalar])
            } else {
                flush()
                ordered.append(scalar)
            }
        }
        flush()
        return String(ordered)
    }
}
