// Runs of levels and of dictionary indices: the RLE and bit-packed hybrid, and the older bit-packed levels.
// https://github.com/apache/parquet-format/blob/master/Encodings.md

/// The error for bytes that are not what their encoding needs.
func damagedPage(_ what: String) -> ParquetError { ParquetError("a page whose \(what) are damaged") }

/// Decodes `count` numbers of `width` bits from the RLE and bit-packed hybrid.
///
/// Returns the numbers and the bytes used; throws ``ParquetError`` when the bytes end early.
func decodeHybrid<Number: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer, width: Int, count: Int, as: Number.Type = Number.self
) throws(ParquetError) -> [Number] {
    guard (0...32).contains(width) else { throw damagedPage("runs") }
    if width == 0 { return [Number](repeating: 0, count: count) }
    var numbers: [Number] = []
    numbers.reserveCapacity(count)
    var place = 0
    while numbers.count < count {
        let header = try varint(bytes, &place)
        if header & 1 == 0 {
            let size = (width + 7) / 8
            guard bytes.count - place >= size, header >> 1 > 0 else { throw damagedPage("runs") }
            var value: UInt32 = 0
            for index in 0..<size { value |= UInt32(bytes[place + index]) << (8 * UInt32(index)) }
            place += size
            let run = Int(min(header >> 1, UInt64(count - numbers.count)))
            guard let number = Number(exactly: value) else { throw damagedPage("runs") }
            numbers.append(contentsOf: repeatElement(number, count: run))
        } else {
            let groups = header >> 1
            guard groups > 0, groups <= UInt64(bytes.count) else { throw damagedPage("runs") }
            let size = Int(groups) * width
            // The last group of a page may be cut off where its numbers are not needed.
            let wanted = min(Int(groups) * 8, count - numbers.count)
            guard (wanted * width + 7) / 8 <= bytes.count - place else { throw damagedPage("runs") }
            unpack(bytes, from: place, width: width, count: wanted, into: &numbers)
            place += min(size, bytes.count - place)
        }
    }
    return numbers
}

/// Appends numbers of `width` bits, the least significant bit first.
private func unpack<Number: FixedWidthInteger & UnsignedInteger>(
    _ bytes: UnsafeRawBufferPointer, from start: Int, width: Int, count: Int, into numbers: inout [Number]
) {
    var (window, bits): (UInt64, Int) = (0, 0)
    var place = start
    let mask = (UInt64(1) << UInt64(width)) - 1
    for _ in 0..<count {
        while bits < width {
            window |= UInt64(bytes[place]) << UInt64(bits)
            place += 1
            bits += 8
        }
        numbers.append(Number(truncatingIfNeeded: window & mask))
        window >>= UInt64(width)
        bits -= width
    }
}

/// Decodes levels of the older encoding, the most significant bit first.
func decodeBitPacked(_ bytes: UnsafeRawBufferPointer, width: Int, count: Int) throws(ParquetError) -> [UInt8]
{
    guard (count * width + 7) / 8 <= bytes.count else { throw damagedPage("levels") }
    var levels: [UInt8] = []
    levels.reserveCapacity(count)
    for index in 0..<count {
        var value: UInt8 = 0
        for bit in index * width..<(index + 1) * width {
            value = value << 1 | (bytes[bit / 8] >> UInt8(7 - bit % 8)) & 1
        }
        levels.append(value)
    }
    return levels
}

/// Reads a number of variable length.
func varint(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) throws(ParquetError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard place < bytes.count else { throw damagedPage("numbers") }
        let byte = bytes[place]
        place += 1
        value |= UInt64(byte & 127) << shift
        if byte < 128 { return value }
    }
    throw damagedPage("numbers")
}
