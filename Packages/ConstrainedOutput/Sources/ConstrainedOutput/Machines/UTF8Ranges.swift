// Ranges of characters as ranges of bytes.

/// The sequences of byte ranges that encode the characters of a range; surrogates are left out.
func utf8Sequences(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    let parts: [ClosedRange<UInt32>] = [
        0...0x7F, 0x80...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF,
    ]
    return parts.flatMap { part in
        part.overlaps(range) ? sameLength(part.clamped(to: range)) : []
    }
}

/// Splits a range whose characters have equally long encodings until only the last bytes vary freely.
private func sameLength(_ range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
    let (low, high) = (encoded(range.lowerBound), encoded(range.upperBound))
    for place in 1..<max(1, low.count) {
        let mask = UInt32(1) << (6 * UInt32(place)) - 1
        guard range.lowerBound & ~mask != range.upperBound & ~mask else { continue }
        if range.lowerBound & mask != 0 {
            let middle = range.lowerBound | mask
            return sameLength(range.lowerBound...middle) + sameLength(middle + 1...range.upperBound)
        }
        if range.upperBound & mask != mask {
            let middle = range.upperBound & ~mask
            return sameLength(range.lowerBound...middle - 1) + sameLength(middle...range.upperBound)
        }
    }
    return [zip(low, high).map { $0...$1 }]
}

private func encoded(_ value: UInt32) -> [UInt8] {
    Unicode.Scalar(value).map { Array(String(Character($0)).utf8) } ?? []
}
