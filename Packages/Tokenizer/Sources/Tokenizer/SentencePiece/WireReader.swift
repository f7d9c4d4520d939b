// Reads the wire format of protocol buffers. It is written by hand because we need only a few kinds of
// fields.

/// Reads the fields of a protocol-buffer message in order, never beyond its end.
struct WireReader {
    /// The number of a field and the wire type of its value: 0 varint, 1 eight bytes, 2 a length and bytes, 5
    /// four bytes.
    struct Field {
        var number: UInt64
        var kind: UInt64
    }

    /// The file name for errors.
    private let file: String
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position: Int
    private let end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) { self.init(bytes, 0..<bytes.count, file) }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ file: String) {
        (self.bytes, self.file) = (bytes, file)
        (position, end) = (range.lowerBound, range.upperBound)
    }

    /// The next field, whose value must then be read or skipped; nil at the end.
    mutating func next() throws -> Field? {
        guard position < end else { return nil }
        let tag = try varint()
        guard tag >> 3 > 0, [0, 1, 2, 5].contains(tag & 7) else {
            throw malformed("a field", "the tag \(tag)")
        }
        return Field(number: tag >> 3, kind: tag & 7)
    }

    mutating func skip(_ field: Field) throws {
        switch field.kind {
        case 0: _ = try varint()
        case 1: _ = try take(8)
        case 2: _ = try bytes(field)
        default: _ = try take(4)
        }
    }

    mutating func integer(_ field: Field) throws -> UInt64 {
        try check(field, 0, "an integer")
        return try varint()
    }

    mutating func float(_ field: Field) throws -> Float {
        try check(field, 5, "four bytes")
        let range = try take(4)
        return Float(bitPattern: range.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[$1]) })
    }

    mutating func bytes(_ field: Field) throws -> Slice<UnsafeBufferPointer<UInt8>> {
        try check(field, 2, "a length and bytes")
        return bytes[try length()]
    }

    /// A nested message.
    mutating func message(_ field: Field) throws -> WireReader {
        try check(field, 2, "a message")
        return WireReader(bytes, try length(), file)
    }

    private mutating func length() throws -> Range<Int> {
        let count = try varint()
        guard count <= UInt64(end - position) else {
            throw malformed("\(count) bytes", "\(end - position) left")
        }
        return try take(Int(count))
    }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count <= end - position else { throw malformed("\(count) bytes", "\(end - position) left") }
        defer { position += count }
        return position..<position + count
    }

    private mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { throw malformed("a number", "the end") }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw malformed("a number of at most 64 bits", "a longer one")
    }

    private func check(_ field: Field, _ kind: UInt64, _ expected: String) throws {
        guard field.kind == kind else {
            throw malformed("\(expected) in field \(field.number)", "wire type \(field.kind)")
        }
    }

    private func malformed(_ expected: String, _ found: String) -> TokenizerError {
        .malformed(file: file, place: "byte \(position)", expected: expected, found: found)
    }
}
