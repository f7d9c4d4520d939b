// The type of a column: how its values are stored and what they mean.

/// How values are stored, and what they mean.
struct LeafType {
    /// The physical types.
    enum Physical: Int64 { case boolean, int32, int64, int96, float, double, byteArray, fixedLengthByteArray }

    /// What values mean beside their bytes.
    enum Meaning: Equatable {
        case plain, text, unsigned(bits: Int), decimal(scale: Int), date, float16, identifier
        /// A time of day or a point in time in units of this many a second.
        case time(perSecond: Int64), timestamp(perSecond: Int64, isUTC: Bool)
    }

    let physical: Physical
    /// Bytes of a value of fixed length.
    let length: Int
    let meaning: Meaning

    init(_ element: ThriftValue, column: String) throws(ParquetError) {
        guard let number = element[1]?.int, let physical = Physical(rawValue: number) else {
            throw ParquetError(column: column, "an unknown type \(element[1]?.int ?? -1)")
        }
        self.physical = physical
        let length = element[2]?.int ?? 0
        if physical == .fixedLengthByteArray, !(0...1 << 20).contains(length) {
            throw ParquetError(column: column, "values of \(length) bytes")
        }
        self.length = Int(clamping: length)
        let scale = Int(clamping: element[7]?.int ?? 0)
        meaning = try Self.logical(element[10], scale: scale) ?? Self.converted(element[6]?.int, scale: scale)
        if case .decimal(let scale) = meaning, !(0...76).contains(scale) {
            throw ParquetError(column: column, "decimals with \(scale) places")
        }
        if meaning == .float16, length != 2 {
            throw ParquetError(column: column, "a half of \(length) bytes")
        }
        if meaning == .identifier, length != 16 {
            throw ParquetError(column: column, "a UUID of \(length) bytes")
        }
    }

    private static func logical(_ type: ThriftValue?, scale: Int) throws(ParquetError) -> Meaning? {
        guard let type else { return nil }
        if type[1] != nil || type[4] != nil || type[12] != nil { return .text }
        if let decimal = type[5] { return .decimal(scale: Int(clamping: decimal[1]?.int ?? Int64(scale))) }
        if type[6] != nil { return .date }
        if let time = type[7] { return .time(perSecond: unit(time[2])) }
        if let time = type[8] { return .timestamp(perSecond: unit(time[2]), isUTC: time[1]?.isTrue ?? false) }
        if let integer = type[10] {
            return integer[2]?.isTrue == false
                ? .unsigned(bits: Int(clamping: integer[1]?.int ?? 64)) : .plain
        }
        if type[14] != nil { return .identifier }
        return type[15] != nil ? .float16 : nil
    }

    private static func unit(_ unit: ThriftValue?) -> Int64 {
        unit?[1] != nil ? 1000 : unit?[2] != nil ? 1_000_000 : 1_000_000_000
    }

    private static func converted(_ type: Int64?, scale: Int) -> Meaning {
        switch type {
        case 0, 4, 19: .text
        case 5: .decimal(scale: scale)
        case 6: .date
        case 7: .time(perSecond: 1000)
        case 8: .time(perSecond: 1_000_000)
        case 9: .timestamp(perSecond: 1000, isUTC: true)
        case 10: .timestamp(perSecond: 1_000_000, isUTC: true)
        case 11: .unsigned(bits: 8)
        case 12: .unsigned(bits: 16)
        case 13: .unsigned(bits: 32)
        case 14: .unsigned(bits: 64)
        default: .plain
        }
    }
}
