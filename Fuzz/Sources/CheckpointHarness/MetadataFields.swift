// HDF5 protects its metadata with checksums, so random changes are always rejected. This code finds
// the numbers that the readers use in a file and repairs its checksums after a change.
// Format: https://docs.hdfgroup.org/hdf5/v1_10/_f_m_t3.html

/// The metadata fields of a valid file in the HDF5 1.10 format, and the checksums over them.
struct MetadataFields: Sendable {
    /// Offsets of all bytes of shapes, element types, filters, offsets, sizes, chunk tables, attribute values.
    ///
    /// Names, links and their trees are left out: only the HDF5 library reads them, and its version 1.10
    /// crashes on some changes to them.
    let offsets: [Int]
    /// The ranges that are followed by a checksum.
    private let sealed: [Range<Int>]

    init(of bytes: [UInt8]) {
        var walk = MetadataWalk(bytes: bytes)
        walk.run()
        offsets = walk.fields
        sealed = walk.sealed
    }

    /// Repairs the checksums of a file that differs from `sound` only in these fields.
    func repairChecksums(_ bytes: inout [UInt8], of sound: [UInt8]) {
        for range in sealed where bytes[range] != sound[range] {
            let sum = lookup3(bytes[range])
            for index in 0..<4 {
                bytes[range.upperBound + index] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(index)))
            }
        }
    }
}

private struct MetadataWalk {
    let bytes: [UInt8]
    var fields: [Int] = []
    var sealed: [Range<Int>] = []

    mutating func run() {
        seal(0..<44)
        for place in 0..<bytes.count - 4 {
            switch (bytes[place], bytes[place + 1], bytes[place + 2], bytes[place + 3]) {
            case (0x4F, 0x48, 0x44, 0x52): objectHeader(place)  // OHDR
            case (0x46, 0x41, 0x48, 0x44): fixedArray(place)  // FAHD
            default: break
            }
        }
    }

    private func number(_ place: Int, _ size: Int) -> Int? {
        guard place >= 0, place <= bytes.count - size else { return nil }
        var value: UInt64 = 0
        for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[place + index]) }
        return Int(exactly: value)
    }

    private mutating func seal(_ range: Range<Int>) {
        if range.upperBound + 4 <= bytes.count { sealed.append(range) }
    }

    private mutating func objectHeader(_ start: Int) {
        guard let flags = number(start + 5, 1) else { return }
        let size = 1 << (flags & 3)
        let place = start + 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
        guard let length = number(place, size), length <= bytes.count else { return }
        let first = place + size
        messages(first, length, hasOrder: flags & 4 != 0, depth: 0)
        seal(start..<max(start, min(bytes.count, first + length)))
    }

    /// Follows continuations, whose length is in the message that points to them.
    private mutating func messages(_ first: Int, _ length: Int, hasOrder: Bool, depth: Int) {
        var place = first
        let head = hasOrder ? 6 : 4
        while place + head <= first + length, depth < 8 {
            guard let type = number(place, 1), let size = number(place + 1, 2) else { return }
            let body = place + head..<place + head + size
            switch type {
            case 0x01, 0x03, 0x0B: fields += Array(body)  // dataspace, datatype, filters
            case 0x08: layout(body)
            case 0x0C: attribute(body)
            case 0x10: continuation(body, hasOrder: hasOrder, depth: depth)
            default: break
            }
            place += head + size
        }
    }

    /// Leaves chunk sizes out: the library divides by them before our code can check them.
    private mutating func layout(_ body: Range<Int>) {
        guard let kind = number(body.lowerBound + 1, 1), let rank = number(body.lowerBound + 3, 1),
            let size = number(body.lowerBound + 4, 1)
        else { return }
        let first = body.lowerBound + (kind == 2 ? 5 + rank * size : 0)
        if first <= body.upperBound { fields += Array(first..<body.upperBound) }
    }

    private mutating func continuation(_ body: Range<Int>, hasOrder: Bool, depth: Int) {
        guard let target = number(body.lowerBound, 8), let count = number(body.lowerBound + 8, 8), count >= 8,
            target <= bytes.count, count <= bytes.count - target
        else { return }
        messages(target + 4, count - 8, hasOrder: hasOrder, depth: depth + 1)
        seal(target..<target + count - 4)
    }

    /// The value follows name, type and space.
    private mutating func attribute(_ body: Range<Int>) {
        guard let name = number(body.lowerBound + 2, 2), let type = number(body.lowerBound + 4, 2),
            let space = number(body.lowerBound + 6, 2)
        else { return }
        let value = body.lowerBound + 9 + name + type + space
        if value <= body.upperBound { fields += Array(value..<body.upperBound) }
    }

    private mutating func fixedArray(_ start: Int) {
        seal(start..<start + 24)
        guard let entry = number(start + 6, 1), let count = number(start + 8, 8),
            let block = number(start + 16, 8),
            count <= bytes.count, block <= bytes.count, 14 + count * entry <= bytes.count - block
        else { return }
        let entries = block + 14..<block + 14 + count * entry
        fields += Array(entries)
        seal(block..<entries.upperBound)
    }
}

/// Bob Jenkins's lookup3: hashlittle with initial value 0.
///
/// Source: http://burtleburtle.net/bob/c/lookup3.c
private func lookup3(_ data: ArraySlice<UInt8>) -> UInt32 {
    func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
    var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: data.count)
    var (b, c) = (a, a)
    var place = data.startIndex
    func word(_ offset: Int) -> UInt32 {
        (0..<4).reduce(UInt32(0)) { sum, index in
            let at = place + offset + index
            return at < data.endIndex ? sum | UInt32(data[at]) << (8 * UInt32(index)) : sum
        }
    }
    while data.endIndex - place > 12 {
        (a, b, c) = (a &+ word(0), b &+ word(4), c &+ word(8))
        (a, c) = ((a &- c) ^ rotated(c, 4), c &+ b)
        (b, a) = ((b &- a) ^ rotated(a, 6), a &+ c)
        (c, b) = ((c &- b) ^ rotated(b, 8), b &+ a)
        (a, c) = ((a &- c) ^ rotated(c, 16), c &+ b)
        (b, a) = ((b &- a) ^ rotated(a, 19), a &+ c)
        (c, b) = ((c &- b) ^ rotated(b, 4), b &+ a)
        place += 12
    }
    guard place < data.endIndex else { return c }
    (a, b, c) = (a &+ word(0), b &+ word(4), c &+ word(8))
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    c = (c ^ b) &- rotated(b, 24)
    return c
}
