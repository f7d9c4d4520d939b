// Reads strings: each run of plain bytes is validated as UTF-8 and copied whole, and escapes are resolved
// between runs. Runs end at ASCII bytes, so a string is valid exactly if all of its runs are.

extension JSONScanner {
    /// Reads a string into `text`, which is replaced, as UTF-8 with its escapes resolved.
    ///
    /// Throws `JSONSyntaxError`.
    public mutating func string(into text: inout [UInt8]) throws(JSONSyntaxError) {
        let start = try openString()
        text.removeAll(keepingCapacity: true)
        while true {
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[try plainRun(of: start)]))
            if take(UInt8(ascii: "\"")) { break }
            text.append(contentsOf: try escape().utf8)
        }
        expectsComma = true
    }

    /// Reads a string with its escapes resolved; throws `JSONSyntaxError`.
    mutating func string() throws(JSONSyntaxError) -> String {
        let start = try openString()
        let run = try plainRun(of: start)
        if take(UInt8(ascii: "\"")) {
            expectsComma = true
            return String(decoding: bytes[run], as: UTF8.self)
        }
        position = start
        var text: [UInt8] = []
        try string(into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Skips a string with the same checks.
    mutating func skipString() throws(JSONSyntaxError) {
        let start = try openString()
        while true {
            _ = try plainRun(of: start)
            if take(UInt8(ascii: "\"")) { break }
            _ = try escape()
        }
        expectsComma = true
    }

    /// Skips the opening quote and returns its offset.
    private mutating func openString() throws(JSONSyntaxError) -> Int {
        guard peek() == UInt8(ascii: "\"") else { throw expected("a string") }
        position += 1
        return position - 1
    }

    /// Skips bytes up to the closing quote or an escape of the string that began at `start`.
    private mutating func plainRun(of start: Int) throws(JSONSyntaxError) -> Range<Int> {
        let first = position
        var place = first
        var allBits: UInt8 = 0
        while place < end, bytes[place] != 0x22, bytes[place] != 0x5C, bytes[place] >= 0x20 {
            allBits |= bytes[place]
            place += 1
        }
        if allBits >= 0x80 { try checkUTF8(first..<place) }
        position = place
        guard place < end else {
            throw JSONSyntaxError(offset: start, expected: "a closing quote", found: "none")
        }
        guard bytes[place] >= 0x20 else {
            throw JSONSyntaxError(
                offset: place, expected: "'\"' or an escape",
                found: "the control character 0x\(String(bytes[place], radix: 16)) in a string")
        }
        return first..<place
    }

    private func checkUTF8(_ range: Range<Int>) throws(JSONSyntaxError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.extracting(range).span)
        } catch {
            let place = range.lowerBound + error.byteOffsets.lowerBound
            throw JSONSyntaxError(
                offset: place, expected: "UTF-8",
                found: "the byte 0x\(String(bytes[place], radix: 16)), which is not UTF-8")
        }
    }

    /// Reads an escape that starts with the backslash here.
    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        position += 1
        guard position < end else { throw expected("an escape") }
        let scalar: Unicode.Scalar
        switch bytes[position] {
        case 0x22, 0x5C, 0x2F: scalar = Unicode.Scalar(bytes[position])
        case UInt8(ascii: "b"): scalar = "\u{8}"
        case UInt8(ascii: "f"): scalar = "\u{C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            position += 1
            return try escapedScalar()
        default: throw expected("an escape")
        }
        position += 1
        return scalar
    }

    /// The scalar after `\u`: four digits, or a surrogate pair.
    private mutating func escapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position
        let half = JSONSyntaxError(offset: start, expected: "a surrogate pair", found: "half of one")
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard UTF16.isLeadSurrogate(high), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw half
        }
        let low = try codeUnit()
        guard UTF16.isTrailSurrogate(low),
            let scalar = Unicode.Scalar(0x10000 + UInt32(high & 0x3FF) << 10 + UInt32(low & 0x3FF))
        else { throw half }
        return scalar
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            let byte = position < end ? bytes[position] : 0
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt16(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt16(byte & 0xF + 9)
            default: throw expected("four hexadecimal digits")
            }
            position += 1
        }
        return value
    }
}
