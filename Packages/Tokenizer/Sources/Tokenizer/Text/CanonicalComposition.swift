// Unicode normalization form C (NFC) with a fast path.
//
// The standard library provides NFC as SPI. Foundation's `precomposedStringWithCanonicalMapping` is public,
// but took a hundred times as long on mixed Latin and Chinese text, and its older tables differ from the
// reference on 2,142 scalars instead of 154.
@_spi(_Unicode) import Swift

/// Composition of characters with their combining marks.
enum CanonicalComposition {
    /// The longest run of marks that the standard library may order, because its sort is quadratic.
    private static let longRun = 32

    /// Scalars that NFC keeps and never combines with the previous scalar (a following mark may still combine
    /// with them).
    ///
    /// The list is incomplete but covers most text. The tests check each scalar against the standard library.
    static func isSettled(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0x300, 0x388..<0x483, 0x48A..<0x591, 0x5D0..<0x5EB, 0x620..<0x64B, 0xE01..<0xE31,
            0x1E00..<0x1F00, 0x2010..<0x2028, 0x2030..<0x205F, 0x20A0..<0x20C0, 0x2190..<0x2329,
            0x2500..<0x2ADC, 0x3000..<0x302A, 0x3041..<0x3097, 0x30A0..<0x3100, 0x3400..<0xA000,
            0xAC00..<0xD7A4, 0xFF00..<0xFFE0, 0x1F000..<0x1FB00:
            true
        default: false
        }
    }

    /// Whether composition can change the text.
    static func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < text.count {
            // Lead bytes below 0xCC start scalars below U+0300.
            if text[index] < 0xCC {
                index += 1
            } else {
                let (value, after) = decodeScalar(in: text, at: index)
                guard isSettled(value) else { return true }
                index = after
            }
        }
        return false
    }

    /// The composed form (NFC) of `text`, which must be valid UTF-8.
    ///
    /// Runs of settled scalars are copied. Other scalars are composed together with the scalar before them,
    /// up to the next settled scalar.
    static func composed(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var (done, last, index) = (0, 0, 0)
        while index < text.count {
            let (value, after) = decodeScalar(in: text, at: index)
            guard !isSettled(value) else {
                (last, index) = (index, after)
                continue
            }
            var end = after
            while end < text.count {
                let (value, after) = decodeScalar(in: text, at: end)
                if isSettled(value) { break }
                end = after
            }
            result += text[done..<last]
            compose(UnsafeBufferPointer(rebasing: text[last..<end]), into: &result)
            (done, last, index) = (end, end, end)
        }
        result += text[done...]
        return result
    }

    private static func compose(_ text: UnsafeBufferPointer<UInt8>, into result: inout [UInt8]) {
        let source = String(decoding: text, as: UTF8.self)
        let ordered = needsOrderedMarks(source) ? withOrderedMarks(source) : source
        for scalar in ordered._nfc { append(scalar, to: &result) }
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private static func needsOrderedMarks(_ text: String) -> Bool {
        var run = 0
        for scalar in text.unicodeScalars {
            run = combiningClass(scalar) != 0 ? run + 1 : 0
            if run > longRun || splitMark(scalar) != nil { return true }
        }
        return false
    }

    private static func combiningClass(_ scalar: Unicode.Scalar) -> Int {
        scalar.value < 0x300 ? 0 : Int(scalar.properties.canonicalCombiningClass.rawValue)
    }

    /// The parts of the three characters of combining class 0 that decompose into marks.
    ///
    /// Composition never restores them. The standard library (6.3) does not order their parts with the marks
    /// before them, so they are decomposed here.
    private static func splitMark(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
        switch scalar.value {
        case 0xF73: ["\u{F71}", "\u{F72}"]
        case 0xF75: ["\u{F71}", "\u{F74}"]
        case 0xF81: ["\u{F71}", "\u{F80}"]
        default: nil
        }
    }

    /// The text with every run of marks in canonical order, an equivalent text with the same NFC.
    private static func withOrderedMarks(_ text: String) -> String {
        var ordered: [UInt8] = []
        var marks: [(place: Int, scalar: Unicode.Scalar)] = []  // place: class, then order of appearance
        func flush() {
            guard !marks.isEmpty else { return }
            marks.sort { $0.place < $1.place }
            for mark in marks { append(mark.scalar, to: &ordered) }
            marks.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            let parts = splitMark(scalar) ?? [scalar]
            guard combiningClass(parts[0]) != 0 else {
                flush()
                append(scalar, to: &ordered)
                continue
            }
            for part in parts { marks.append((combiningClass(part) << 48 | marks.count, part)) }
        }
        flush()
        return String(decoding: ordered, as: UTF8.self)
    }
}
