// The byte alphabet of GPT-2: vocabulary files write each byte of a token as one printable character.
// Printable Latin-1 bytes represent themselves; the other 68 become U+0100, U+0101, ... in byte order
// (`bytes_to_unicode` of the GPT-2 encoder). A space is therefore written as U+0120.

/// The two-way map between bytes and the characters that vocabulary files write for them.
enum ByteAlphabet {
    /// The byte of a character, by scalar value; -1 for values that represent no byte.
    static let byteOfScalar: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalarOfByte.enumerated() { bytes[Int(scalar)] = Int16(byte) }
        return bytes
    }()

    /// The scalar value of the character of a byte.
    static let scalarOfByte: [UInt16] = {
        var next: UInt16 = 0x100
        return (UInt16(0)...255).map { byte in
            if (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174 { return byte }
            defer { next += 1 }
            return next
        }
    }()

    /// Appends the bytes that `spelling` (UTF-8) represents.
    ///
    /// - Returns: False, with nothing appended, if a character is not in the alphabet or not UTF-8.
    static func append(_ spelling: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) -> Bool {
        let start = bytes.count
        let map = byteOfScalar
        var position = 0
        while position < spelling.count {
            var scalar = Int(spelling[position])
            position += 1
            if scalar >= 0x80 {
                // The alphabet ends at U+0143: only two-byte sequences with the lead bytes C2 to C5 occur.
                guard (0xC2...0xC5).contains(scalar), position < spelling.count,
                    spelling[position] & 0xC0 == 0x80
                else {
                    bytes.removeSubrange(start...)
                    return false
                }
                scalar = (scalar & 0x1F) << 6 | Int(spelling[position] & 0x3F)
                position += 1
            }
            guard scalar < map.count, map[scalar] >= 0 else {
                bytes.removeSubrange(start...)
                return false
            }
            bytes.append(UInt8(map[scalar]))
        }
        return true
    }
}
