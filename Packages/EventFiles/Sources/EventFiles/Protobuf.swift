// The wire format of protocol buffers, as far as events need it.
// Source: https://protobuf.dev/programming-guides/encoding/

/// One field of a message: its number and its value.
enum Field {
    case varint(Int, UInt64)
    case double(Int, Double)
    case float(Int, Float)
    case bytes(Int, [UInt8])
    case message(Int, [Field])

    /// A string field.
    static func text(_ number: Int, _ text: String) -> Field { .bytes(number, Array(text.utf8)) }

    /// The key and the value.
    var encoded: [UInt8] {
        switch self {
        case .varint(let number, let value): key(number, 0) + varintBytes(value)
        case .double(let number, let value): key(number, 1) + littleEndian(value.bitPattern)
        case .bytes(let number, let bytes): key(number, 2) + varintBytes(UInt64(bytes.count)) + bytes
        case .message(let number, let fields): Field.bytes(number, fields.encoded).encoded
        case .float(let number, let value): key(number, 5) + littleEndian(value.bitPattern)
        }
    }

    private func key(_ number: Int, _ wireType: UInt64) -> [UInt8] {
        varintBytes(UInt64(number) << 3 | wireType)
    }
}

extension [Field] {
    /// The bytes of a message with these fields.
    var encoded: [UInt8] { flatMap(\.encoded) }
}

/// A number in groups of seven bits, the lowest first; the high bit says that more follow.
func varintBytes(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}

/// The bytes of a number, the lowest first.
func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number(8 * $0)) }
}
