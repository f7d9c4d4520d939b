// Searches in texts by their bytes, which is many times faster than by characters.
internal import Foundation

extension String {
    /// Whether the text has a byte.
    func has(byte: UInt8) -> Bool {
        var text = self
        return text.withUTF8 { firstPlace(of: byte, in: $0, from: 0) != nil }
    }

    /// Whether the text has these ASCII bytes.
    func holds(_ part: StaticString) -> Bool {
        var text = self
        return text.withUTF8 { TrainingData.holds($0, part) }
    }
}

/// The place of the first such byte from `start` on.
func firstPlace(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard let base = bytes.baseAddress, start < bytes.count else { return nil }
    guard let found = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
    return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
}

/// Whether bytes have these bytes, of which there is at least one, anywhere.
func holds(_ bytes: UnsafeBufferPointer<UInt8>, _ part: StaticString) -> Bool {
    var start = 0
    while let place = firstPlace(of: part.utf8Start[0], in: bytes, from: start) {
        if starts(bytes, at: place, with: part) { return true }
        start = place + 1
    }
    return false
}

/// Whether a byte is one of these ASCII bytes.
func isOne(_ byte: UInt8, of set: StaticString) -> Bool {
    for index in 0..<set.utf8CodeUnitCount where set.utf8Start[index] == byte { return true }
    return false
}

/// Whether bytes have these bytes at a place.
func starts(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int, with part: StaticString) -> Bool {
    let count = part.utf8CodeUnitCount
    guard bytes.count - place >= count else { return false }
    for index in 0..<count where bytes[place + index] != part.utf8Start[index] { return false }
    return true
}
