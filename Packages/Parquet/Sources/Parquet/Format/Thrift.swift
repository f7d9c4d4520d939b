// Thrift's compact protocol, in which Parquet writes its metadata: a reader into values and a writer.
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

/// A value of Thrift.
indirect enum ThriftValue: Equatable {
    case bool(Bool)
    case integer(Int64)
    /// A number that is written with the type of 64 bits, whatever it is; the reader makes no difference.
    case long(Int64)
    case double(Double)
    case binary([UInt8])
    case list([ThriftValue])
    /// The fields of a struct by their numbers.
    case fields([Int16: ThriftValue])

    var int: Int64? { if case .integer(let value) = self { value } else { nil } }
    var bytes: [UInt8]? { if case .binary(let value) = self { value } else { nil } }
    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
    var list: [ThriftValue]? { if case .list(let value) = self { value } else { nil } }
    var isTrue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// A field of a struct.
    subscript(_ field: Int16) -> ThriftValue? {
        if case .fields(let fields) = self { fields[field] } else { nil }
    }
}

/// Reads values of Thrift; every read is checked.
struct ThriftReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0
    /// The most levels of structs and lists.
    private static let depthLimit = 32

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Reads a struct; throws ``ParquetError`` for bytes that are none.
    mutating func fields(depth: Int = 0) throws(ParquetError) -> ThriftValue {
        guard depth < Self.depthLimit else { throw ParquetError("its metadata are nested too deep") }
        var fields: [Int16: ThriftValue] = [:]
        var last: Int16 = 0
        while true {
            let head = try byte()
            if head == 0 { return .fields(fields) }
            let delta = Int16(head >> 4)
            if delta > 0 {
                let (next, overflow) = last.addingReportingOverflow(delta)
                guard !overflow else { throw damaged }
                last = next
            } else {
                guard let number = Int16(exactly: try signed()) else { throw damaged }
                last = number
            }
            let kind = head & 15
            fields[last] =
                kind == 1 || kind == 2 ? .bool(kind == 1) : try value(kind, depth: depth + 1)
        }
    }

    private var damaged: ParquetError { ParquetError("its metadata are damaged") }

    private mutating func value(_ kind: UInt8, depth: Int) throws(ParquetError) -> ThriftValue {
        switch kind {
        case 1, 2: return .bool(try byte() == 1)
        case 3: return .integer(Int64(Int8(bitPattern: try byte())))
        case 4, 5, 6: return .integer(try signed())
        case 7:
            var bits: UInt64 = 0
            for shift in 0..<8 { bits |= UInt64(try byte()) << (8 * UInt64(shift)) }
            return .double(Double(bitPattern: bits))
        case 8: return .binary(try binary())
        case 9, 10: return try list(depth: depth)
        case 12: return try fields(depth: depth)
        default: throw ParquetError("its metadata have a field of the unknown kind \(kind)")
        }
    }

    private mutating func list(depth: Int) throws(ParquetError) -> ThriftValue {
        guard depth < Self.depthLimit else { throw ParquetError("its metadata are nested too deep") }
        let head = try byte()
        var count = UInt64(head >> 4)
        if count == 15 { count = try unsigned() }
        // Each element has at least one byte.
        guard count <= UInt64(bytes.count - position) else { throw damaged }
        var elements: [ThriftValue] = []
        for _ in 0..<count { elements.append(try value(head & 15, depth: depth + 1)) }
        return .list(elements)
    }

    private mutating func binary() throws(ParquetError) -> [UInt8] {
        let count = try unsigned()
        guard count <= UInt64(bytes.count - position) else { throw damaged }
        defer { position += Int(count) }
        return Array(bytes[position..<(position + Int(count))])
    }

    private mutating func byte() throws(ParquetError) -> UInt8 {
        guard position < bytes.count else { throw damaged }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func unsigned() throws(ParquetError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            value |= UInt64(next & 127) << shift
            if next < 128 { return value }
        }
        throw damaged
    }

    private mutating func signed() throws(ParquetError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}

/// Writes values of Thrift.
struct ThriftWriter {
    private(set) var bytes: [UInt8] = []

    /// Writes a struct; fields without a value are left out.
    mutating func fields(_ fields: [(number: Int16, value: ThriftValue?)]) {
        var last: Int16 = 0
        for (number, value) in fields {
            guard let value else { continue }
            let delta = number - last
            let kind = Self.kind(value)
            if (1...15).contains(delta) {
                bytes.append(UInt8(delta) << 4 | kind)
            } else {
                bytes.append(kind)
                signed(Int64(number))
            }
            last = number
            if case .bool = value { continue }
            self.value(value)
        }
        bytes.append(0)
    }

    private static func kind(_ value: ThriftValue) -> UInt8 {
        switch value {
        case .bool(let isTrue): isTrue ? 1 : 2
        case .integer: 5
        case .long: 6
        case .double: 7
        case .binary: 8
        case .list: 9
        case .fields: 12
        }
    }

    private mutating func value(_ value: ThriftValue) {
        switch value {
        case .bool(let isTrue): bytes.append(isTrue ? 1 : 2)
        case .integer(let number), .long(let number): signed(number)
        case .double(let number):
            for shift in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64(shift))))
            }
        case .binary(let binary):
            unsigned(UInt64(binary.count))
            bytes += binary
        case .list(let elements):
            let kind = elements.first.map(Self.kind) ?? 5
            if elements.count < 15 {
                bytes.append(UInt8(elements.count) << 4 | kind)
            } else {
                bytes.append(0xF0 | kind)
                unsigned(UInt64(elements.count))
            }
            for element in elements { self.value(element) }
        case .fields(let fields): self.fields(fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }

    private mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
    }
}
