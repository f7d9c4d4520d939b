// JSON lines: one value a line; blank lines are counted and skipped.

/// Reads JSON lines.
struct JSONLineRows: RowReader {
    private let file: String
    private let source: ByteSource
    private var carried: [UInt8] = []
    private var line = 1
    private var isFirst = true

    init(_ source: ByteSource, file: String) { (self.source, self.file) = (source, file) }

    mutating func next() throws -> RowBatch? {
        while true {
            let block = try source.read()
            if block.isEmpty {
                guard !carried.isEmpty else { return nil }
                defer { carried = [] }
                let rows = rows(of: carried)
                return rows.isEmpty ? nil : RowBatch(file: file, bytes: carried, rows: rows, hasLines: true)
            }
            guard let end = block.lastIndex(of: 0x0A) else {
                carried += block
                continue
            }
            let bytes = carried + block[...end]
            carried = Array(block[(end + 1)...])
            let rows = rows(of: bytes)
            if !rows.isEmpty { return RowBatch(file: file, bytes: bytes, rows: rows, hasLines: true) }
        }
    }

    /// The lines of some bytes that end a line or the file.
    private mutating func rows(of bytes: [UInt8]) -> [RowBatch.Row] {
        var rows: [RowBatch.Row] = []
        var line = line
        bytes.withUnsafeBufferPointer { bytes in
            var start = isFirst && bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            while start < bytes.count {
                let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
                if !bytes[start..<end].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                    rows.append(RowBatch.Row(line: line, content: .json(start..<end)))
                }
                start = end + 1
                line += 1
            }
        }
        (self.line, isFirst) = (line, false)
        return rows
    }
}
