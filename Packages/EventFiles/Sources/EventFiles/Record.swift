// The framing of TFRecord files: a length, the bytes, and a checksum of each.
// Source: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details

/// A record as it is in the file.
func record(_ bytes: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(bytes.count))
    return length + littleEndian(masked(crc32c(length))) + bytes + littleEndian(masked(crc32c(bytes)))
}

/// A checksum rotated and shifted: a checksum of data that contain checksums would be weak.
private func masked(_ checksum: UInt32) -> UInt32 { (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8 }

/// The CRC-32C (Castagnoli) of some bytes; RFC 3720, appendix B.4, has examples.
func crc32c(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { rest, byte in table[Int(UInt8(truncatingIfNeeded: rest) ^ byte)] ^ rest >> 8 }
}

/// The remainder of each byte; the polynomial 0x1EDC6F41 with its bits reversed.
private let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0x82F6_3B78 }
}
