// The entries of a zip file as `torch.save` writes it: stored without compression, so that they can be mapped.
// Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, with the 64-bit sizes of its section 4.5.3.

/// Which bytes of a zip file its entries are.
struct ZipEntries: Sendable {
    /// The bytes of each entry's content.
    let ranges: [String: Range<Int>]
    /// The names of entries that are compressed or encrypted, which have no content here.
    let packed: [String]

    private static let entryHead: [UInt8] = [0x50, 0x4B, 1, 2]
    private static let localHead: [UInt8] = [0x50, 0x4B, 3, 4]
    private static let mostEntries = 1_000_000

    /// Reads the directory at the end of a file; throws `CheckpointError.damaged` or `.unsupported`.
    init(_ file: MappedFile) throws {
        let bytes = ZipBytes(file: file)
        let (first, count) = try Self.directory(bytes)
        guard count <= Self.mostEntries else { throw bytes.damaged("its directory has \(count) entries") }
        var place = first
        var ranges: [String: Range<Int>] = [:]
        var packed: [String] = []
        for _ in 0..<count {
            guard try bytes.matches(Self.entryHead, at: place) else {
                throw bytes.damaged("no entry of the zip directory at byte \(place)")
            }
            let nameLength = try bytes.number(place + 28, 2)
            let extraLength = try bytes.number(place + 30, 2)
            let name = try bytes.text(place + 46, nameLength)
            let next = place + 46 + nameLength + extraLength + (try bytes.number(place + 32, 2))
            guard try bytes.number(place + 8, 2) & 1 == 0, try bytes.number(place + 10, 2) == 0 else {
                packed.append(name)
                place = next
                continue
            }
            var fields = [try bytes.number(place + 24, 4), try bytes.number(place + 42, 4)]
            var sizes = [try bytes.number(place + 20, 4)]
            try bytes.widen(&fields, &sizes, extra: place + 46 + nameLength, length: extraLength)
            let range = try Self.content(bytes, name, fields[1], fields[0])
            guard sizes[0] == fields[0] else { throw bytes.damaged("entry \(name) declares two sizes") }
            guard ranges.updateValue(range, forKey: name) == nil else {
                throw bytes.damaged("two entries have the name \(name)")
            }
            place = next
        }
        (self.ranges, self.packed) = (ranges, packed)
    }

    /// Where the directory begins and how many entries it has.
    private static func directory(_ bytes: ZipBytes) throws -> (first: Int, count: Int) {
        let least = 22
        // A comment of up to 64 KiB may follow.
        let lowest = max(0, bytes.count - least - 0xFFFF)
        var place = bytes.count - least
        while place >= lowest, try !bytes.matches([0x50, 0x4B, 5, 6], at: place) { place -= 1 }
        guard place >= lowest else {
            throw bytes.damaged("no zip directory at its end; the file may be cut off")
        }
        let (count, first) = (try bytes.number(place + 10, 2), try bytes.number(place + 16, 4))
        guard count == 0xFFFF || first == 0xFFFF_FFFF else { return (first, count) }
        guard place >= 20, try bytes.matches([0x50, 0x4B, 6, 7], at: place - 20) else {
            return (first, count)
        }
        let wide = try bytes.number(place - 20 + 8, 8)
        guard try bytes.matches([0x50, 0x4B, 6, 6], at: wide) else {
            throw bytes.damaged("no 64-bit zip directory at byte \(wide)")
        }
        return (try bytes.number(wide + 48, 8), try bytes.number(wide + 32, 8))
    }

    /// The bytes of an entry behind its own header.
    private static func content(_ bytes: ZipBytes, _ name: String, _ place: Int, _ size: Int) throws
        -> Range<Int>
    {
        guard try bytes.matches(localHead, at: place) else {
            throw bytes.damaged("entry \(name) does not begin at byte \(place)")
        }
        let (start, overflow) = (30 + (try bytes.number(place + 26, 2)) + (try bytes.number(place + 28, 2)))
            .addingReportingOverflow(place)
        guard !overflow, start <= bytes.count, size <= bytes.count - start else {
            throw bytes.damaged("entry \(name) of \(size) bytes is outside the file of \(bytes.count) bytes")
        }
        return start..<start + size
    }
}

/// Little-endian numbers of a file.
private struct ZipBytes {
    let file: MappedFile
    var count: Int { file.byteCount }

    func damaged(_ problem: String) -> CheckpointError { .damaged(file: file.path, problem: problem) }

    func bytes(_ place: Int, _ length: Int) throws -> [UInt8] {
        guard place >= 0, length >= 0, place <= count, length <= count - place else {
            throw damaged("bytes of its zip directory are outside the file")
        }
        return try file.bytes(in: place..<place + length)
    }

    func number(_ place: Int, _ size: Int) throws -> Int {
        let value = try bytes(place, size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else {
            throw damaged("a number of its zip directory is too large")
        }
        return number
    }

    func matches(_ expected: [UInt8], at place: Int) throws -> Bool {
        guard place >= 0, place <= count - expected.count else { return false }
        return try bytes(place, expected.count) == expected
    }

    func text(_ place: Int, _ length: Int) throws -> String {
        String(decoding: try bytes(place, length), as: UTF8.self)
    }

    /// Replaces sizes that do not fit 32 bits by those of the 64-bit extra field, which come in this order: the size,
    /// the stored size, the place.
    func widen(_ fields: inout [Int], _ stored: inout [Int], extra: Int, length: Int) throws {
        var place = extra
        while place + 4 <= extra + length {
            let size = try number(place + 2, 2)
            if try number(place, 2) == 1 {
                var next = place + 4
                func take(_ value: inout Int) throws {
                    guard value == 0xFFFF_FFFF else { return }
                    guard next + 8 <= place + 4 + size else { throw damaged("a 64-bit size is missing") }
                    value = try number(next, 8)
                    next += 8
                }
                try take(&fields[0])
                try take(&stored[0])
                try take(&fields[1])
            }
            place += 4 + size
        }
    }
}
