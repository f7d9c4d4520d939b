// The pages of a column chunk, one at a time.

/// The levels and values of a page.
struct Page {
    /// Values, or indices into the dictionary.
    enum Values {
        case values([ParquetValue])
        case indices([UInt32])
    }

    /// Entries, null or not.
    let count: Int
    /// Empty when all are zero.
    let repetitions: [UInt8]
    /// Empty when all are the highest.
    let definitions: [UInt8]
    let values: Values
}

/// Reads the pages of a chunk.
struct PageReader {
    private let file: FileBytes
    private let chunk: Footer.Chunk
    private let leaf: Leaf
    private let codec: Codec
    private let limits: ParquetLimits
    private var position: Int
    private var rest: Int
    private(set) var dictionary: [ParquetValue] = []
    /// Bytes of the file ahead of `position`.
    private var window: [UInt8] = []
    private var windowStart = 0

    init(_ file: FileBytes, _ chunk: Footer.Chunk, _ leaf: Leaf, _ limits: ParquetLimits) throws(ParquetError)
    {
        (self.file, self.chunk, self.leaf, self.limits) = (file, chunk, leaf, limits)
        codec = try Codec(number: chunk.codec)
        position = chunk.bytes.lowerBound
        rest = chunk.valueCount
    }

    /// The next page of values; nil when the chunk has no more.
    ///
    /// Throws ``ParquetError``.
    mutating func next() throws(ParquetError) -> Page? {
        while rest > 0 {
            let header = try header()
            guard let kind = header[1]?.int, let size = header[3]?.int, let full = header[2]?.int, size >= 0,
                full >= 0,
                size <= Int64(chunk.bytes.upperBound - position)
            else { throw ParquetError("a page's header is damaged") }
            guard full <= Int64(limits.pageBytes) else {
                throw ParquetError("a page of \(full) bytes; the limit is \(limits.pageBytes)")
            }
            let body = try take(Int(size))
            switch kind {
            case 0: return try counted(first(header, body, Int(full)))
            case 3: return try counted(second(header, body, Int(full)))
            case 2: try readDictionary(header, body, Int(full))
            default: continue
            }
        }
        return nil
    }

    private mutating func counted(_ page: Page) -> Page {
        rest -= page.count
        return page
    }

    // MARK: - Bytes

    private mutating func header() throws(ParquetError) -> ThriftValue {
        guard position < chunk.bytes.upperBound else {
            throw ParquetError("its pages have fewer values than its metadata say")
        }
        // Headers with statistics of long texts can be long.
        for size in [1 << 12, 1 << 16, 1 << 24] {
            try fill(min(size, chunk.bytes.upperBound - position))
            let offset = position - windowStart
            do {
                let (value, used) = try window.withBytes { buffer throws(ParquetError) in
                    var reader = ThriftReader(UnsafeRawBufferPointer(rebasing: buffer[offset...]))
                    return (try reader.fields(), reader.position)
                }
                position += used
                return value
            } catch {
                guard position + size < chunk.bytes.upperBound else { throw error }
            }
        }
        throw ParquetError("a page's header is damaged")
    }

    /// Makes at least `count` bytes at the position available.
    private mutating func fill(_ count: Int) throws(ParquetError) {
        guard position < windowStart || position + count > windowStart + window.count else { return }
        let end = min(chunk.bytes.upperBound, position + max(count, limits.readAhead))
        window = try file.read(position..<end)
        windowStart = position
    }

    private mutating func take(_ count: Int) throws(ParquetError) -> [UInt8] {
        defer { position += count }
        if position >= windowStart, position + count <= windowStart + window.count {
            return Array(window[(position - windowStart)..<(position - windowStart + count)])
        }
        return try file.read(position..<position + count)
    }

    // MARK: - Pages

    private mutating func readDictionary(
        _ header: ThriftValue, _ body: [UInt8], _ size: Int
    ) throws(ParquetError) {
        let count = try entries(header[7]?[1])
        let encoding = header[7]?[2]?.int ?? 0
        let (type, limit) = (leaf.type, limits.pageBytes)
        let bytes = try body.withBytes { bytes throws(ParquetError) in try codec.decompress(bytes, size: size)
        }
        dictionary = try bytes.withBytes { bytes throws(ParquetError) in
            try type.values(bytes, encoding: encoding == 2 ? 0 : encoding, count: count, limit: limit)
        }
    }

    private func entries(_ value: ThriftValue?) throws(ParquetError) -> Int {
        guard let count = value?.int, count >= 0 else { throw ParquetError("a page's header is damaged") }
        guard count <= Int64(limits.pageValues) else {
            throw ParquetError("a page of \(count) values; the limit is \(limits.pageValues)")
        }
        return Int(count)
    }

    /// A page of version 1: levels with their lengths before the values, all compressed together.
    private func first(_ header: ThriftValue, _ body: [UInt8], _ size: Int) throws(ParquetError) -> Page {
        guard let details = header[5] else { throw ParquetError("a page's header is damaged") }
        let count = try entries(details[1])
        let bytes = try body.withBytes { bytes throws(ParquetError) in try codec.decompress(bytes, size: size)
        }
        return try bytes.withBytes { bytes throws(ParquetError) in
            var place = 0
            let repetitions = try levels(bytes, &place, leaf.maxRepetition, count, details[4]?.int ?? 3)
            let definitions = try levels(bytes, &place, leaf.maxDefinition, count, details[3]?.int ?? 3)
            let data = UnsafeRawBufferPointer(rebasing: bytes[place...])
            return try page(data, count, repetitions, definitions, details[2]?.int ?? 0)
        }
    }

    private func levels(
        _ bytes: UnsafeRawBufferPointer, _ place: inout Int, _ highest: Int, _ count: Int, _ encoding: Int64
    ) throws(ParquetError) -> [UInt8] {
        guard highest > 0 else { return [] }
        let width = Int.bitWidth - highest.leadingZeroBitCount
        if encoding == 4 {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
            let levels = try decodeBitPacked(rest, width: width, count: count)
            place += (count * width + 7) / 8
            return try checked(levels, highest)
        }
        guard encoding == 3, bytes.count - place >= 4 else { throw damagedPage("levels") }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        place += 4
        guard length <= bytes.count - place else { throw damagedPage("levels") }
        let part = UnsafeRawBufferPointer(rebasing: bytes[place..<place + length])
        place += length
        return try checked(decodeHybrid(part, width: width, count: count, as: UInt8.self), highest)
    }

    private func checked(_ levels: [UInt8], _ highest: Int) throws(ParquetError) -> [UInt8] {
        guard levels.allSatisfy({ Int($0) <= highest }) else { throw damagedPage("levels") }
        return levels
    }

    /// A page of version 2: levels are not compressed, and their lengths are in the header.
    private func second(_ header: ThriftValue, _ body: [UInt8], _ size: Int) throws(ParquetError) -> Page {
        let most = Int64(min(body.count, size))
        guard let details = header[8], let definitionSize = details[5]?.int,
            let repetitionSize = details[6]?.int,
            definitionSize >= 0, repetitionSize >= 0, definitionSize <= most,
            repetitionSize <= most - definitionSize
        else { throw ParquetError("a page's header is damaged") }
        let count = try entries(details[1])
        let (split, end) = (Int(repetitionSize), Int(repetitionSize + definitionSize))
        func levels(_ range: Range<Int>, _ highest: Int) throws(ParquetError) -> [UInt8] {
            guard highest > 0 else { return [] }
            let width = Int.bitWidth - highest.leadingZeroBitCount
            return try checked(
                body.withBytes { bytes throws(ParquetError) in
                    try decodeHybrid(
                        UnsafeRawBufferPointer(rebasing: bytes[range]), width: width, count: count,
                        as: UInt8.self)
                }, highest)
        }
        let repetitions = try levels(0..<split, leaf.maxRepetition)
        let definitions = try levels(split..<end, leaf.maxDefinition)
        let data = try body.withBytes { bytes throws(ParquetError) in
            let values = UnsafeRawBufferPointer(rebasing: bytes[end...])
            return try (details[7]?.isTrue ?? true ? codec : .uncompressed).decompress(
                values, size: size - end)
        }
        return try data.withBytes { bytes throws(ParquetError) in
            try page(bytes, count, repetitions, definitions, details[4]?.int ?? 0)
        }
    }

    private func page(
        _ bytes: UnsafeRawBufferPointer, _ count: Int, _ repetitions: [UInt8], _ definitions: [UInt8],
        _ encoding: Int64
    ) throws(ParquetError) -> Page {
        guard count > 0 || rest == 0 else {
            return Page(count: 0, repetitions: [], definitions: [], values: .values([]))
        }
        guard count <= rest else { throw ParquetError("its pages have more values than its metadata say") }
        let highest = UInt8(clamping: leaf.maxDefinition)
        let present = definitions.isEmpty ? count : definitions.count { $0 == highest }
        let values: Page.Values
        if encoding == 8 || encoding == 2 {
            guard present > 0 else {
                return Page(
                    count: count, repetitions: repetitions, definitions: definitions, values: .indices([]))
            }
            guard let width = bytes.first, width <= 32 else { throw damagedPage("indices") }
            let runs = UnsafeRawBufferPointer(rebasing: bytes[1...])
            let indices = try decodeHybrid(runs, width: Int(width), count: present, as: UInt32.self)
            guard indices.allSatisfy({ $0 < dictionary.count }) else {
                throw ParquetError("an index outside the dictionary")
            }
            values = .indices(indices)
        } else {
            values = .values(
                try leaf.type.values(bytes, encoding: encoding, count: present, limit: limits.pageBytes))
        }
        return Page(count: count, repetitions: repetitions, definitions: definitions, values: values)
    }
}
