// Any bytes of a terminal become keys, and any keys leave a line that fits its rows.
internal import Terminal

/// A guarantee of the line editor that some bytes broke.
public struct BrokenRows: Error {
    /// What was found.
    public let description: String
}

/// Types bytes into an editor on terminals of changing width.
///
/// - Parameter bytes: What an untrusted terminal sends.
/// - Throws: `BrokenRows` when the cursor leaves the rows, or a row is wider than the terminal.
public func exerciseKeys(_ bytes: some Sequence<UInt8>) throws {
    var (decoder, editor) = (KeyDecoder(), LineEditor(limit: 1000))
    for (index, byte) in bytes.enumerated() {
        guard let key = decoder.key(after: byte) else { continue }
        _ = editor.apply(key)
        let columns = 4 + index % 30
        let screen = EditedRows(editor, prompt: "> ", columns: columns, height: 5)
        guard screen.rows.count <= 5, screen.rows.indices.contains(screen.cursor.row) else {
            throw BrokenRows(description: "the cursor is outside the rows")
        }
        guard (0..<columns).contains(screen.cursor.column) else {
            throw BrokenRows(description: "the cursor is outside the columns")
        }
        guard screen.rows.allSatisfy({ columnCount($0) <= columns }) else {
            throw BrokenRows(description: "a row is wider than the terminal")
        }
    }
}
