// The values of one column of a row group on their way to a page.

/// Collects levels and PLAIN values.
struct LeafWriter {
    let path: [String]
    let kind: ParquetColumn.Kind
    let maxDefinition: Int
    let maxRepetition: Int
    private(set) var count = 0
    private(set) var data: [UInt8] = []
    private var repetitions: [UInt8] = []
    private var definitions: [UInt8] = []
    private var bits: (byte: UInt8, count: Int) = (0, 0)

    init(_ path: [String], _ kind: ParquetColumn.Kind, definition: Int, repetition: Int) {
        (self.path, self.kind) = (path, kind)
        (maxDefinition, maxRepetition) = (definition, repetition)
    }

    /// The number of the physical type.
    var type: Int64 {
        switch kind {
        case .bool: 0
        case .int: 2
        case .double: 5
        default: 6
        }
    }

    /// Adds an entry; a value is there when its definition is the highest.
    ///
    /// Throws ``ParquetError`` for another kind.
    mutating func append(_ value: ParquetValue, repetition: Int, definition: Int) throws(ParquetError) {
        count += 1
        if maxRepetition > 0 { repetitions.append(UInt8(repetition)) }
        definitions.append(UInt8(definition))
        guard definition == maxDefinition else { return }
        switch (kind, value) {
        case (.bool, .bool(let isTrue)):
            bits.byte |= (isTrue ? 1 : 0) << UInt8(bits.count)
            bits.count += 1
            if bits.count == 8 { flushBits() }
        case (.int, .int(let number)): append(UInt64(bitPattern: number))
        case (.double, .double(let number)): append(number.bitPattern)
        case (.double, .int(let number)): append(Double(number).bitPattern)
        case (.text, .text(let text)):
            append(count: text.utf8.count)
            data += text.utf8
        case (.bytes, .bytes(let bytes)):
            append(count: bytes.count)
            data += bytes
        default:
            throw ParquetError(
                column: path.joined(separator: "."), "expected a value of kind \(kind), found \(value)")
        }
    }

    private mutating func append(_ bits: UInt64) {
        for shift in 0..<UInt64(8) { data.append(UInt8(truncatingIfNeeded: bits >> (8 * shift))) }
    }

    private mutating func append(count: Int) {
        for shift in 0..<4 { data.append(UInt8(truncatingIfNeeded: count >> (8 * shift))) }
    }

    private mutating func flushBits() {
        data.append(bits.byte)
        bits = (0, 0)
    }

    /// The bytes of a page of version 1; the writer is empty afterwards.
    mutating func page() -> (bytes: [UInt8], count: Int) {
        if bits.count > 0 { flushBits() }
        defer { (count, data, repetitions, definitions) = (0, [], [], []) }
        var bytes: [UInt8] = []
        for (levels, highest) in [(repetitions, maxRepetition), (definitions, maxDefinition)]
        where highest > 0 {
            let runs = Self.runs(levels, width: Int.bitWidth - highest.leadingZeroBitCount)
            for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: runs.count >> (8 * shift))) }
            bytes += runs
        }
        return (bytes + data, count)
    }

    /// Levels of at most 8 bits as runs of equal ones.
    private static func runs(_ levels: [UInt8], width: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var place = 0
        while place < levels.count {
            let end = levels[place...].firstIndex { $0 != levels[place] } ?? levels.count
            var header = (end - place) << 1
            while header >= 128 {
                bytes.append(UInt8(truncatingIfNeeded: header) | 128)
                header >>= 7
            }
            bytes += [UInt8(header), levels[place]]
            place = end
        }
        return bytes
    }
}
