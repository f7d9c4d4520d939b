// The footer of a file: schema, row groups and where each column chunk is.

/// What a footer says.
struct Footer {
    /// The values of one column in one row group.
    struct Chunk {
        let codec: Int64
        let valueCount: Int
        /// Where its pages are in the file.
        let bytes: Range<Int>
    }

    /// Some rows, column by column.
    struct RowGroup {
        let rowCount: Int
        let chunks: [Chunk]
    }

    let columns: [SchemaNode]
    let leaves: [Leaf]
    let groups: [RowGroup]
    let rowCount: Int
    /// Texts beside the rows, such as the features of Hugging Face.
    let metadata: [String: String]

    /// Reads the footer's bytes; throws ``ParquetError``.
    init(_ bytes: [UInt8], fileSize: Int) throws(ParquetError) {
        let root = try bytes.withBytes { buffer throws(ParquetError) in
            var reader = ThriftReader(buffer)
            return try reader.fields()
        }
        guard let schema = root[2]?.list, let groups = root[4]?.list ?? (root[3]?.int == 0 ? [] : nil) else {
            throw ParquetError("its footer has no schema or no row groups")
        }
        (columns, leaves) = try SchemaBuilder.build(schema)
        var found: [RowGroup] = []
        for (number, group) in groups.enumerated() {
            do throws(ParquetError) { found.append(try Self.group(group, leaves, fileSize)) } catch {
                throw ParquetError(rowGroup: number, column: error.column, error.reason)
            }
        }
        self.groups = found
        rowCount = found.reduce(0) { $0 + $1.rowCount }
        guard root[3]?.int == Int64(rowCount) else {
            throw ParquetError("its footer says \(root[3]?.int ?? -1) rows, its row groups have \(rowCount)")
        }
        var metadata: [String: String] = [:]
        for pair in root[5]?.list ?? [] { if let key = pair[1]?.text { metadata[key] = pair[2]?.text ?? "" } }
        self.metadata = metadata
    }

    private static func group(
        _ group: ThriftValue, _ leaves: [Leaf], _ fileSize: Int
    ) throws(ParquetError) -> RowGroup {
        guard let rows = group[3]?.int, rows >= 0, rows < 1 << 40, let columns = group[1]?.list else {
            throw ParquetError("its footer has no count of rows or no columns")
        }
        guard columns.count == leaves.count else {
            throw ParquetError("\(columns.count) columns, the schema has \(leaves.count)")
        }
        var chunks: [Chunk] = []
        for (column, leaf) in zip(columns, leaves) {
            guard column[1] == nil else {
                throw ParquetError(column: leaf.name, "its values are in another file, which is not read")
            }
            guard let data = column[3], let count = data[5]?.int, let size = data[7]?.int,
                let first = data[9]?.int
            else {
                throw ParquetError(
                    column: leaf.name,
                    column[8] != nil || column[9] != nil
                        ? "it is encrypted, which is not read" : "it has no metadata")
            }
            var start = first
            // Some writers say 0 for no dictionary.
            if let dictionary = data[11]?.int, dictionary > 0 { start = min(start, dictionary) }
            // A chunk without values may be anywhere.
            guard start >= 4 || count == 0, start >= 0, size >= 0, start <= Int64(fileSize),
                size <= Int64(fileSize) - start, count >= 0,
                count < 1 << 40
            else { throw ParquetError(column: leaf.name, "its values are said to be outside the file") }
            if let path = data[3]?.list?.compactMap(\.text), path != leaf.path {
                throw ParquetError(column: leaf.name, "found the values of \(path.joined(separator: "."))")
            }
            chunks.append(
                Chunk(codec: data[4]?.int ?? 0, valueCount: Int(count), bytes: Int(start)..<Int(start + size))
            )
        }
        return RowGroup(rowCount: Int(rows), chunks: chunks)
    }
}
