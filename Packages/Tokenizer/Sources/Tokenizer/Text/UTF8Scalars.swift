// Decodes scalars from UTF-8 bytes.

/// The scalar at a byte offset of valid UTF-8, and the offset after it.
@inline(__always)
func decodeScalar(in text: UnsafeBufferPointer<UInt8>, at offset: Int) -> (value: UInt32, after: Int) {
    let lead = text[offset]
    if lead < 0x80 { return (UInt32(lead), offset + 1) }
    let second = UInt32(text[offset + 1] & 0x3F)
    if lead < 0xE0 { return (UInt32(lead & 0x1F) << 6 | second, offset + 2) }
    let third = UInt32(text[offset + 2] & 0x3F)
    if lead < 0xF0 { return (UInt32(lead & 0x0F) << 12 | second << 6 | third, offset + 3) }
    let fourth = UInt32(text[offset + 3] & 0x3F)
    return (UInt32(lead & 0x07) << 18 | second << 12 | third << 6 | fourth, offset + 4)
}

/// Bytes of the UTF-8 sequence that starts with `lead`.
func utf8Length(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4 }
