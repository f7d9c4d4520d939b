// The rows that a line takes on a terminal of some width, and the cursor among them.

/// What is on the screen while a line is edited.
public struct EditedRows: Equatable, Sendable {
    /// The rows, the prompt in the first; line breaks of the text begin a row with two spaces.
    public let rows: [String]
    /// The row and the column of the cursor, from 0.
    public let cursor: (row: Int, column: Int)

    /// Lays out a line.
    ///
    /// - Parameters:
    ///   - editor: The line.
    ///   - prompt: Text before it, without control characters.
    ///   - columns: The width of the terminal; rows are never wider, unless it has less than 4 columns.
    ///   - height: The most rows to show; of a longer text those around the cursor.
    public init(_ editor: LineEditor, prompt: String, columns: Int, height: Int) {
        let columns = max(columns, 4)
        var (all, column) = ([prompt], columnCount(prompt))
        var place = (row: 0, column: column)
        func wrap() {
            all.append("")
            column = 0
        }
        for (index, character) in editor.characters.enumerated() {
            if index == editor.cursor { place = (all.count - 1, column) }
            if character == "\n" {
                wrap()
                all[all.count - 1] = "  "
                column = 2
                continue
            }
            let shown = character == "\t" ? "    " : String(character)
            let width = columnCount(shown)
            if column + width > columns { wrap() }
            // The character that the cursor is before went to the next row.
            if index == editor.cursor { place = (all.count - 1, column) }
            all[all.count - 1] += shown
            column += width
        }
        if editor.cursor == editor.characters.count {
            if column == columns { wrap() }
            place = (all.count - 1, column)
        }
        let height = max(height, 1)
        let start = max(0, min(place.row, all.count - height))
        rows = Array(all[start..<min(start + height, all.count)])
        // Before a line break after a full row, the cursor is on the last character.
        cursor = (place.row - start, min(place.column, columns - 1))
    }

    /// On which row the cursor is after a terminal with these rows became narrower and wrapped them.
    public func cursorRow(columns: Int) -> Int {
        let columns = max(columns, 1)
        let before = rows[..<cursor.row].reduce(0) { $0 + max(1, (columnCount($1) + columns - 1) / columns) }
        return before + cursor.column / columns
    }

    /// The same rows and the same cursor.
    public static func == (one: EditedRows, other: EditedRows) -> Bool {
        one.rows == other.rows && one.cursor == other.cursor
    }
}
