// PNG stores a checksum with every chunk, so random changes are always rejected. This file repairs the
// checksums of a changed file, so that the changes reach the decoder.

/// Recomputes the checksums of all chunks of a PNG.
///
/// - Parameter bytes: A PNG with any changes; stops at a chunk that extends past the end, and leaves
///   other files unchanged.
public func repairPNGChecksums(_ bytes: inout [UInt8]) {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return }
    var place = 8
    while place + 12 <= bytes.count {
        let length = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        let end = place + 8 + length
        guard end + 4 <= bytes.count else { return }
        let sum = crc32(bytes[(place + 4)..<end])
        for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * UInt32(index))) }
        place = end + 4
    }
}

/// The checksum of PNG and zlib (ISO 3309), computed bit by bit.
public func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
}
