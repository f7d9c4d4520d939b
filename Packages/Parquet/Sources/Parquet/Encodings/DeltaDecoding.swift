// The delta encodings of numbers and of byte arrays.

/// Decodes DELTA_BINARY_PACKED at `place`, which moves behind it; at most `limit` numbers.
///
/// Arithmetic wraps, as the format wants. Throws ``ParquetError``.
func decodeDelta(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, limit: Int, is32: Bool = false
) throws(ParquetError) -> [Int64] {
    let blockSize = try varint(bytes, &place)
    let miniBlocks = try varint(bytes, &place)
    let count = try varint(bytes, &place)
    var value = zigzag(try varint(bytes, &place))
    guard count <= UInt64(limit), blockSize > 0, blockSize <= 1 << 20, miniBlocks > 0, miniBlocks <= 1 << 10,
        blockSize % miniBlocks == 0
    else { throw damagedPage("delta-encoded numbers") }
    guard count > 0 else { return [] }
    let perMiniBlock = Int(blockSize / miniBlocks)
    guard perMiniBlock % 8 == 0 else { throw damagedPage("delta-encoded numbers") }
    func wrapped(_ value: Int64) -> Int64 { is32 ? Int64(Int32(truncatingIfNeeded: value)) : value }
    value = wrapped(value)
    var numbers = [value]
    numbers.reserveCapacity(Int(count))
    while numbers.count < Int(count) {
        let least = zigzag(try varint(bytes, &place))
        guard bytes.count - place >= Int(miniBlocks) else { throw damagedPage("delta-encoded numbers") }
        let widths = (0..<Int(miniBlocks)).map { Int(bytes[place + $0]) }
        place += Int(miniBlocks)
        for width in widths where numbers.count < Int(count) {
            guard width <= 64 else { throw damagedPage("delta-encoded numbers") }
            let size = perMiniBlock * width / 8
            guard size <= bytes.count - place else { throw damagedPage("delta-encoded numbers") }
            for index in 0..<min(perMiniBlock, Int(count) - numbers.count) {
                let delta = bits(bytes, at: place, index: index, width: width)
                value = wrapped(value &+ least &+ Int64(bitPattern: delta))
                numbers.append(value)
            }
            place += size
        }
    }
    return numbers
}

private func zigzag(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
}

/// The number of `width` bits at an index, the least significant bit first.
private func bits(_ bytes: UnsafeRawBufferPointer, at start: Int, index: Int, width: Int) -> UInt64 {
    if width == 0 { return 0 }
    let first = index * width
    var value: UInt64 = 0
    var got = 0
    var place = start + first / 8
    let skipped = first % 8
    while got < width {
        let byte = UInt64(bytes[place])
        value |= got == 0 ? byte >> UInt64(skipped) : (got < 64 ? byte << UInt64(got) : 0)
        got += got == 0 ? 8 - skipped : 8
        place += 1
    }
    return width == 64 ? value : value & ((1 << UInt64(width)) - 1)
}

/// Decodes DELTA_LENGTH_BYTE_ARRAY: lengths, then all bytes.
func decodeDeltaLengths(
    _ bytes: UnsafeRawBufferPointer, _ place: inout Int, count: Int
) throws(ParquetError) -> [Range<Int>] {
    let lengths = try decodeDelta(bytes, &place, limit: count)
    guard lengths.count == count else { throw damagedPage("delta-encoded lengths") }
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(count)
    for length in lengths {
        guard length >= 0, length <= Int64(bytes.count - place) else {
            throw damagedPage("delta-encoded lengths")
        }
        ranges.append(place..<place + Int(length))
        place += Int(length)
    }
    return ranges
}

/// Decodes DELTA_BYTE_ARRAY: each value is a prefix of the one before and a suffix.
func decodeDeltaBytes(
    _ bytes: UnsafeRawBufferPointer, count: Int, limit: Int
) throws(ParquetError) -> [[UInt8]] {
    var place = 0
    let prefixes = try decodeDelta(bytes, &place, limit: count)
    let suffixes = try decodeDeltaLengths(bytes, &place, count: count)
    guard prefixes.count == count else { throw damagedPage("prefixes") }
    var values: [[UInt8]] = []
    values.reserveCapacity(count)
    var last: [UInt8] = []
    var total = 0
    for (prefix, suffix) in zip(prefixes, suffixes) {
        guard prefix >= 0, prefix <= Int64(last.count) else { throw damagedPage("prefixes") }
        last = Array(last.prefix(Int(prefix))) + bytes[suffix]
        total += last.count
        guard total <= limit else { throw ParquetError("a page with more than \(limit) bytes") }
        values.append(last)
    }
    return values
}
