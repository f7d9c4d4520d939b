// A pull parser over the bytes of a JSON file, for the two members of a tokenizer that hold 150,000 entries each.
// JSONDecoder would build a Dictionary of Strings first, which compares keys by canonical equivalence; the small
// members of the same files do go to JSONDecoder. Every read is checked against the end of the file.

/// Reads JSON values in file order.
///
/// An object is read as `openObject()`, then a value after each `nextKey` that returns true; an array in the same
/// way with `nextElement`.
struct JSONScanner {
    private let file: String
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int
    private let end: Int
    private var expectsComma = false

    /// Levels of arrays and objects that `skip` follows before it calls a file malformed.
    private static let depthLimit = 64

    /// A scanner over a part of a file; `file` is its name in errors.
    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>? = nil, file: String) {
        self.file = file
        self.bytes = bytes
        position = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    /// The error for what stands at the current position.
    func malformed(_ expected: String) -> TokenizerError {
        let found = position < end ? "'\(String(decoding: [bytes[position]], as: UTF8.self))'" : "the end"
        return .malformed(file: file, place: "byte \(position)", expected: expected, found: found)
    }

    mutating func openObject() throws { try open(UInt8(ascii: "{"), "an object") }

    mutating func openArray() throws { try open(UInt8(ascii: "["), "an array") }

    /// Reads the next key and its colon; false at the end of the object.
    mutating func nextKey(into key: inout [UInt8]) throws -> Bool {
        guard try nextMember(closing: UInt8(ascii: "}")) else { return false }
        try string(into: &key)
        guard peek() == UInt8(ascii: ":") else { throw malformed("':'") }
        position += 1
        expectsComma = false
        return true
    }

    /// Moves to the next element; false at the end of the array.
    mutating func nextElement() throws -> Bool {
        guard try nextMember(closing: UInt8(ascii: "]")) else { return false }
        expectsComma = false
        return true
    }

    /// Makes sure that nothing follows the value that was read last.
    mutating func finish() throws {
        guard peek() == nil else { throw malformed("the end of the file") }
    }

    /// The first byte of the next value or mark; nil at the end.
    mutating func peek() -> UInt8? {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return bytes[position]
            }
        }
        return nil
    }

    /// Reads an integer without fraction or exponent, in the range of a vocabulary row.
    mutating func rowNumber() throws -> Int {
        var value = 0
        guard let first = peek(), (0x30...0x39).contains(first) else { throw malformed("a token id") }
        while position < end, (0x30...0x39).contains(bytes[position]) {
            value = value * 10 + Int(bytes[position] - 0x30)
            guard value < TokenTable.rowLimit else {
                throw malformed("a token id below \(TokenTable.rowLimit)")
            }
            position += 1
        }
        if position < end, Self.isWordByte(bytes[position]) {
            throw malformed("a whole number")
        }
        expectsComma = true
        return value
    }

    /// Reads a string into `text`, which is replaced, with its escapes resolved.
    ///
    /// The bytes are not checked to be UTF-8.
    mutating func string(into text: inout [UInt8]) throws {
        guard peek() == UInt8(ascii: "\"") else { throw malformed("a string") }
        position += 1
        text.removeAll(keepingCapacity: true)
        while true {
            let start = position
            while position < end, bytes[position] != 0x22, bytes[position] != 0x5C, bytes[position] >= 0x20 {
                position += 1
            }
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
            guard position < end, bytes[position] >= 0x20 else { throw malformed("'\"'") }
            position += 1
            if bytes[position - 1] == 0x22 { break }
            try escape(into: &text)
        }
        expectsComma = true
    }

    /// Passes over one value and returns its byte range.
    mutating func skip() throws -> Range<Int> {
        _ = peek()
        let start = position
        var scratch: [UInt8] = []
        try skip(depth: 0, &scratch)
        return start..<position
    }

    private mutating func skip(depth: Int, _ scratch: inout [UInt8]) throws {
        guard depth < Self.depthLimit else { throw malformed("at most \(Self.depthLimit) nested values") }
        switch peek() {
        case UInt8(ascii: "{"):
            try openObject()
            while try nextKey(into: &scratch) { try skip(depth: depth + 1, &scratch) }
        case UInt8(ascii: "["):
            try openArray()
            while try nextElement() { try skip(depth: depth + 1, &scratch) }
        case UInt8(ascii: "\""):
            try string(into: &scratch)
        default:
            let start = position
            while position < end, Self.isWordByte(bytes[position]) { position += 1 }
            guard position > start else { throw malformed("a value") }
            expectsComma = true
        }
    }

    /// A byte of a number, `true`, `false` or `null`.
    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func open(_ mark: UInt8, _ expected: String) throws {
        guard peek() == mark else { throw malformed(expected) }
        position += 1
        expectsComma = false
    }

    private mutating func nextMember(closing: UInt8) throws -> Bool {
        guard let mark = peek() else { throw malformed("'\(Character(Unicode.Scalar(closing)))'") }
        if mark == closing {
            position += 1
            expectsComma = true
            return false
        }
        guard expectsComma else { return true }
        guard mark == UInt8(ascii: ",") else { throw malformed("','") }
        position += 1
        guard peek() != closing else { throw malformed("a value after ','") }
        return true
    }

    private mutating func escape(into text: inout [UInt8]) throws {
        guard position < end else { throw malformed("an escape") }
        let mark = bytes[position]
        position += 1
        switch mark {
        case 0x22, 0x5C, 0x2F: text.append(mark)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var value = try codeUnit()
            if UTF16.isLeadSurrogate(UInt16(value)), position + 1 < end, bytes[position] == 0x5C,
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try codeUnit()
                guard UTF16.isTrailSurrogate(UInt16(low)) else { throw malformed("a low surrogate before") }
                value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
                throw malformed("a surrogate pair before")
            }
            text.append(contentsOf: encoded)
        default: throw malformed("an escape before")
        }
    }

    private mutating func codeUnit() throws -> UInt32 {
        guard position + 4 <= end else { throw malformed("four hexadecimal digits") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw malformed("a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
