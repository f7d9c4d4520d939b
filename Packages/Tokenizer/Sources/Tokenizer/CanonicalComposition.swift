// Unicode normalisation form C of a piece of text. The standard library has it as system programming interface.
// Foundation's `precomposedStringWithCanonicalMapping` is public, but took a hundred times as long on mixed Latin
// and Chinese text, and its older tables differ from the reference on 2,142 scalars instead of 154.
@_spi(_Unicode) import Swift

/// Composition of characters with their combining marks.
enum CanonicalComposition {
    /// Marks in a row that the standard library may order itself: its sort is quadratic in their number.
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
        if needsOrderedMarks(source) { source = withOrderedMarks(source) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in source._nfc {
            bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return bytes
    }

    private static func needsOrderedMarks(_ text: String) -> Bool {
        var run = 0
        for scalar in text.unicodeScalars {
            run = isMark(scalar) ? run + 1 : 0
            if run > longRun || isSplitMark(scalar) { return true }
        }
        return false
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x300
            && (scalar.properties.canonicalCombiningClass != .notReordered || isSplitMark(scalar))
    }

    private static func isSplitMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value == 0xF73 || scalar.value == 0xF75 || scalar.value == 0xF81
    }

    /// The three characters of combining class 0 that decompose into marks.
    ///
    /// Composition never restores them. The standard library (6.3) does not order their parts among the marks
    /// before them, so they are taken apart here.
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
