// The values of one page, by encoding.

extension LeafType {
    /// The encodings by their numbers.
    private static let names: [Int64: String] = [
        0: "PLAIN", 2: "PLAIN_DICTIONARY", 3: "RLE", 4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED",
        6: "DELTA_LENGTH_BYTE_ARRAY", 7: "DELTA_BYTE_ARRAY", 8: "RLE_DICTIONARY", 9: "BYTE_STREAM_SPLIT",
    ]

    /// Decodes values that are not null.
    ///
    /// - Parameters:
    ///   - bytes: The values of a page, decompressed.
    ///   - encoding: The number of their encoding.
    ///   - count: How many there are.
    ///   - limit: The most bytes that all of them may have.
    /// - Returns: The values.
    /// - Throws: ``ParquetError``.
    func values(
        _ bytes: UnsafeRawBufferPointer, encoding: Int64, count: Int, limit: Int
    ) throws(ParquetError) -> [ParquetValue] {
        switch (encoding, physical) {
        case (0, _): return try plain(bytes, count: count)
        case (3, .boolean):
            guard bytes.count >= 4 else { throw damagedPage("values") }
            let runs = UnsafeRawBufferPointer(rebasing: bytes[4...])
            return try decodeHybrid(runs, width: 1, count: count, as: UInt8.self).map { .bool($0 == 1) }
        case (5, .int32), (5, .int64):
            var place = 0
            let numbers = try decodeDelta(bytes, &place, limit: count, is32: physical == .int32)
            guard numbers.count == count else { throw damagedPage("delta-encoded numbers") }
            return numbers.map(value)
        case (6, .byteArray):
            var place = 0
            return try values(decodeDeltaLengths(bytes, &place, count: count), in: bytes)
        case (7, .byteArray), (7, .fixedLengthByteArray):
            var values: [ParquetValue] = []
            for text in try decodeDeltaBytes(bytes, count: count, limit: limit) {
                values.append(try text.withBytes { bytes throws(ParquetError) in try value(bytes) })
            }
            return values
        case (9, .float), (9, .double), (9, .int32), (9, .int64), (9, .fixedLengthByteArray):
            return try split(bytes, count: count)
        default:
            throw ParquetError(
                "values of type \(physical) in the encoding \(Self.names[encoding] ?? "number \(encoding)"), which is not read"
            )
        }
    }

    /// Bytes of a value of a fixed size; nil for the others.
    private var size: Int? {
        switch physical {
        case .int32, .float: 4
        case .int64, .double: 8
        case .int96: 12
        case .fixedLengthByteArray: length
        case .boolean, .byteArray: nil
        }
    }

    private func plain(_ bytes: UnsafeRawBufferPointer, count: Int) throws(ParquetError) -> [ParquetValue] {
        if physical == .boolean {
            guard (count + 7) / 8 <= bytes.count else { throw damagedPage("values") }
            return (0..<count).map { .bool(bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1) }
        }
        if let size {
            guard count.multipliedReportingOverflow(by: size).partialValue <= bytes.count,
                size > 0 || count == 0
            else {
                throw damagedPage("values")
            }
            return try fixed(count: count, size: size) { index in
                UnsafeRawBufferPointer(rebasing: bytes[index * size..<(index + 1) * size])
            }
        }
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(min(count, bytes.count / 4))
        var place = 0
        for _ in 0..<count {
            guard bytes.count - place >= 4 else { throw damagedPage("values") }
            let length = Int(
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
            guard length <= bytes.count - place - 4 else { throw damagedPage("values") }
            ranges.append(place + 4..<place + 4 + length)
            place += 4 + length
        }
        return try values(ranges, in: bytes)
    }

    private func values(_ ranges: [Range<Int>], in bytes: UnsafeRawBufferPointer) throws(ParquetError)
        -> [ParquetValue]
    {
        var values: [ParquetValue] = []
        values.reserveCapacity(ranges.count)
        for range in ranges { values.append(try value(UnsafeRawBufferPointer(rebasing: bytes[range]))) }
        return values
    }

    /// BYTE_STREAM_SPLIT: the first bytes of all values, then the second ones, and so on.
    private func split(_ bytes: UnsafeRawBufferPointer, count: Int) throws(ParquetError) -> [ParquetValue] {
        guard let size, size > 0, count.multipliedReportingOverflow(by: size).partialValue == bytes.count
        else {
            throw damagedPage("values")
        }
        var joined = [UInt8](repeating: 0, count: bytes.count)
        for stream in 0..<size {
            for index in 0..<count { joined[index * size + stream] = bytes[stream * count + index] }
        }
        return try joined.withBytes { joined throws(ParquetError) in
            try fixed(count: count, size: size) {
                UnsafeRawBufferPointer(rebasing: joined[$0 * size..<($0 + 1) * size])
            }
        }
    }

    private func fixed(
        count: Int, size: Int, _ bytes: (Int) -> UnsafeRawBufferPointer
    ) throws(ParquetError) -> [ParquetValue] {
        var values: [ParquetValue] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            let bytes = bytes(index)
            switch physical {
            case .int32: values.append(value(Int64(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))))
            case .int64: values.append(value(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self))))
            case .float:
                let bits = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
                values.append(.double(Double(Float(bitPattern: bits))))
            case .double:
                values.append(
                    .double(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)))))
            case .int96: values.append(Self.int96(bytes))
            case .fixedLengthByteArray, .byteArray, .boolean: values.append(try value(bytes))
            }
        }
        return values
    }
}
