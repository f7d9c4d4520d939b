// Writes Parquet files: PLAIN values in pages of version 1, compressed with zstd or not at all.
//
// The same rows give the same bytes. Files are read by pyarrow, pandas, DuckDB and Hugging Face's datasets, which find
// the types of their features in the metadata.
internal import CCodecs

/// Writes rows to a file, group by group.
public struct ParquetWriter {
    /// The compression of pages.
    public enum Compression: Sendable {
        /// None; right for columns of pictures, which are compressed already.
        case none
        /// zstd.
        case zstd
    }

    /// Bytes of values after which a group of rows is written.
    private static let groupBytes = 16 << 20
    /// The most rows of a group.
    private static let groupRows = 10_000

    private let columns: [ParquetColumn]
    private let compression: Compression
    private let output: ([UInt8]) throws -> Void
    private var leaves: [LeafWriter] = []
    private var groups: [ThriftValue] = []
    private var position = 0
    private var rows = 0
    private var allRows = 0

    /// A writer that begins a file.
    ///
    /// - Parameters:
    ///   - columns: The columns; each needs its own name.
    ///   - compression: The compression of pages.
    ///   - output: Takes the bytes of the file in order.
    /// - Throws: ``ParquetError`` for columns that cannot be written, and what `output` throws.
    public init(
        columns: [ParquetColumn], compression: Compression = .zstd, output: @escaping ([UInt8]) throws -> Void
    ) throws {
        guard !columns.isEmpty, Set(columns.map(\.name)).count == columns.count else {
            throw ParquetError("a file needs at least one column, and every column its own name")
        }
        (self.columns, self.compression, self.output) = (columns, compression, output)
        for column in columns { addLeaves(column.kind, [column.name], definition: 1, repetition: 0) }
        try write(Array("PAR1".utf8))
    }

    private mutating func addLeaves(
        _ kind: ParquetColumn.Kind, _ path: [String], definition: Int, repetition: Int
    ) {
        switch kind.plain {
        case .list(let element):
            addLeaves(
                element, path + ["list", "element"], definition: definition + 2, repetition: repetition + 1)
        case .record(let fields):
            for field in fields {
                addLeaves(field.kind, path + [field.name], definition: definition + 1, repetition: repetition)
            }
        case let plain:
            leaves.append(LeafWriter(path, plain, definition: definition, repetition: repetition))
        }
    }

    /// Adds a row: a value for each column, in their order.
    ///
    /// Throws ``ParquetError`` for a value of another kind, and what the output throws.
    public mutating func append(_ row: [ParquetValue]) throws {
        guard row.count == columns.count else {
            throw ParquetError("a row of \(row.count) values for \(columns.count) columns")
        }
        var leaf = 0
        for (column, value) in zip(columns, row) {
            try append(value, column.kind, &leaf, repetition: 0, definition: 0, depth: 0)
        }
        rows += 1
        if rows >= Self.groupRows || leaves.reduce(0, { $0 + $1.data.count }) >= Self.groupBytes {
            try writeGroup()
        }
    }

    /// Ends the file.
    ///
    /// Throws what the output throws.
    public mutating func finish() throws {
        try writeGroup()
        var footer = ThriftWriter()
        let features = "{\"info\":{\"features\":\(ParquetColumn.Kind.features(columns))}}"
        footer.fields([
            (1, .integer(1)), (2, .list(schema())), (3, .long(Int64(allRows))), (4, .list(groups)),
            (5, .list([.fields([1: text("huggingface"), 2: text(features)])])), (6, text("r1-data")),
        ])
        try write(footer.bytes)
        let size = footer.bytes.count
        try write((0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + Array("PAR1".utf8))
    }

    private func text(_ text: String) -> ThriftValue { .binary(Array(text.utf8)) }

    private mutating func write(_ bytes: [UInt8]) throws {
        try output(bytes)
        position += bytes.count
    }

    // MARK: - Values

    /// Adds a value to its leaves, the first of which is `leaf`; moves `leaf` behind them.
    private mutating func append(
        _ value: ParquetValue, _ kind: ParquetColumn.Kind, _ leaf: inout Int, repetition: Int,
        definition: Int,
        depth: Int
    ) throws(ParquetError) {
        let first = leaf
        switch (kind.plain, value) {
        case (_, .null): try appendNulls(kind, &leaf, repetition: repetition, definition: definition)
        case (.list, .list(let elements)) where elements.isEmpty:
            try appendNulls(kind, &leaf, repetition: repetition, definition: definition + 1)
        case (.list(let element), .list(let elements)):
            for (index, value) in elements.enumerated() {
                leaf = first
                try append(
                    value, element, &leaf, repetition: index == 0 ? repetition : depth + 1,
                    definition: definition + 2, depth: depth + 1)
            }
        case (.record(let fields), .record(let members)):
            if let other = members.first(where: { member in !fields.contains { $0.name == member.name } }) {
                throw ParquetError(
                    "the field \"\(other.name)\" is in a record whose column has none of that name")
            }
            for field in fields {
                let value = members.first { $0.name == field.name }?.value ?? .null
                try append(
                    value, field.kind, &leaf, repetition: repetition, definition: definition + 1, depth: depth
                )
            }
        default:
            try leaves[leaf].append(value, repetition: repetition, definition: definition + 1)
            leaf += 1
        }
    }

    private mutating func appendNulls(
        _ kind: ParquetColumn.Kind, _ leaf: inout Int, repetition: Int, definition: Int
    ) throws(ParquetError) {
        switch kind.plain {
        case .list(let element):
            try appendNulls(element, &leaf, repetition: repetition, definition: definition)
        case .record(let fields):
            for field in fields {
                try appendNulls(field.kind, &leaf, repetition: repetition, definition: definition)
            }
        default:
            try leaves[leaf].append(.null, repetition: repetition, definition: definition)
            leaf += 1
        }
    }

    // MARK: - Groups

    private mutating func writeGroup() throws {
        guard rows > 0 else { return }
        var chunks: [ThriftValue] = []
        let start = position
        for index in leaves.indices { chunks.append(try writeChunk(index)) }
        groups.append(
            .fields([1: .list(chunks), 2: .long(Int64(position - start)), 3: .long(Int64(rows))]))
        allRows += rows
        rows = 0
    }

    private mutating func writeChunk(_ index: Int) throws -> ThriftValue {
        let leaf = leaves[index]
        let (bytes, count) = leaves[index].page()
        let body = compression == .zstd ? try Self.compressed(bytes) : bytes
        var header = ThriftWriter()
        header.fields([
            (1, .integer(0)), (2, .integer(Int64(bytes.count))), (3, .integer(Int64(body.count))),
            (
                5,
                .fields([
                    1: .integer(Int64(count)), 2: .integer(0), 3: .integer(3), 4: .integer(3),
                ])
            ),
        ])
        let start = position
        try write(header.bytes)
        try write(body)
        return .fields([
            2: .long(Int64(start)),
            3: .fields([
                1: .integer(leaf.type), 2: .list([.integer(0), .integer(3)]), 3: .list(leaf.path.map(text)),
                4: .integer(compression == .zstd ? 6 : 0), 5: .long(Int64(count)),
                6: .long(Int64(header.bytes.count + bytes.count)), 7: .long(Int64(position - start)),
                9: .long(Int64(start)),
            ]),
        ])
    }

    private static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        let room = r1_zstd_bound(bytes.count)
        let body = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = r1_zstd_compress(bytes, bytes.count, buffer.baseAddress, room, 3)
        }
        guard !body.isEmpty || bytes.isEmpty else { throw ParquetError("a page cannot be compressed") }
        return body
    }

    // MARK: - Schema

    private func schema() -> [ThriftValue] {
        [.fields([4: text("schema"), 5: .integer(Int64(columns.count))])]
            + columns.flatMap { elements($0.name, $0.kind) }
    }

    private func elements(_ name: String, _ kind: ParquetColumn.Kind) -> [ThriftValue] {
        func group(_ name: String, repetition: Int64, count: Int, isList: Bool = false) -> ThriftValue {
            var fields: [Int16: ThriftValue] = [
                3: .integer(repetition), 4: text(name), 5: .integer(Int64(count)),
            ]
            if isList {
                fields[6] = .integer(3)
                fields[10] = .fields([3: .fields([:])])
            }
            return .fields(fields)
        }
        func leaf(_ type: Int64, isText: Bool = false) -> ThriftValue {
            var fields: [Int16: ThriftValue] = [1: .integer(type), 3: .integer(1), 4: text(name)]
            if isText {
                fields[6] = .integer(0)
                fields[10] = .fields([1: .fields([:])])
            }
            return .fields(fields)
        }
        switch kind.plain {
        case .bool: return [leaf(0)]
        case .int: return [leaf(2)]
        case .double: return [leaf(5)]
        case .text: return [leaf(6, isText: true)]
        case .bytes, .image: return [leaf(6)]
        case .list(let element):
            return [
                group(name, repetition: 1, count: 1, isList: true), group("list", repetition: 2, count: 1),
            ]
                + elements("element", element)
        case .record(let fields):
            return [group(name, repetition: 1, count: fields.count)]
                + fields.flatMap { elements($0.name, $0.kind) }
        }
    }
}
