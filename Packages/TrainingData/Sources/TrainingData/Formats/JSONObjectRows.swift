// One JSON object around all rows: {"data": [...]}, or an object that has each row under its id (MathVista).
public import StrictJSON

/// Reads the rows inside one JSON object over many lines.
struct JSONObjectRows: RowReader {
    /// The most bytes of such a file, which is held in memory.
    private static let limit = 4 << 30

    private let file: String
    private let source: ByteSource
    private var isDone = false

    init(_ source: ByteSource, file: String) { (self.source, self.file) = (source, file) }

    mutating func next() throws -> RowBatch? {
        guard !isDone else { return nil }
        isDone = true
        let bytes = try source.readAll(atMost: Self.limit)
        let skipped = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        // The parser names the line of the first error; the rows inside are found by Wrapped.
        return RowBatch(
            file: file, bytes: bytes, rows: [RowBatch.Row(line: 1, content: .json(skipped..<bytes.count))])
    }
}

/// An object that is not a row but holds rows.
public enum Wrapped {
    /// The rows inside an object: its only list of objects, or its values when all are objects.
    ///
    /// Rows under keys get the key as their id unless they have one; they come in the order of numbers, then names.
    public static func rows(in members: JSONObject) -> [JSONObject]? {
        let lists = members.values.compactMap { value -> [JSONObject]? in
            guard let elements = value.elements, !elements.isEmpty else { return nil }
            let objects = elements.compactMap(\.members)
            return objects.count == elements.count ? objects : nil
        }
        if lists.count == 1 { return lists[0] }
        let rows = members.compactMap { key, value in value.members.map { (key: key, members: $0) } }
        guard !rows.isEmpty, rows.count == members.count, rows.allSatisfy({ $0.members.count > 1 })
        else { return nil }
        let sorted = rows.sorted { left, right in
            switch (Int(left.key), Int(right.key)) {
            case (let a?, let b?): a < b
            case (_?, nil): true
            case (nil, _?): false
            case (nil, nil): left.key < right.key
            }
        }
        return sorted.map { key, members in
            var row = members
            if row["id"] == nil, row["pid"] == nil { row["id"] = .string(key) }
            return row
        }
    }
}
