// The rows of the edited line on the screen, and the escape codes that change them.

/// Shows the rows of a line, and remembers them so that the next ones can replace them.
struct LineScreen {
    let prompt: String
    let write: @Sendable (String) throws -> Void
    private var size = TerminalSize.current
    /// The rows on the screen; nil when the cursor is on an empty row.
    private var shown: EditedRows?
    /// Whether the line has changed since it was shown.
    var isBehind = false

    init(prompt: String, write: @escaping @Sendable (String) throws -> Void) {
        (self.prompt, self.write) = (prompt, write)
    }

    /// Begins on the row of the cursor; pasted text is marked as such from now on.
    mutating func begin(_ editor: LineEditor) throws {
        shown = nil
        try write("\u{1B}[?2004h")
        try show(editor)
    }

    /// Replaces the rows by those of the line as it is now.
    mutating func show(_ editor: LineEditor) throws {
        let rows = EditedRows(editor, prompt: prompt, columns: size.columns, height: size.rows)
        let up = shown?.cursorRow(columns: size.columns) ?? 0
        try write((up > 0 ? "\u{1B}[\(up)A" : "") + "\r\u{1B}[J" + Self.text(rows))
        (shown, isBehind) = (rows, false)
    }

    /// Shows the line again if it changed or the terminal has another size now.
    mutating func fit(_ editor: LineEditor) throws {
        guard isBehind || TerminalSize.current != size else { return }
        size = .current
        try show(editor)
    }

    /// Erases the whole screen and shows the line at its top.
    mutating func clear(_ editor: LineEditor) throws {
        try write("\u{1B}[H\u{1B}[2J")
        shown = nil
        try show(editor)
    }

    /// Leaves the rows on the screen and goes below them.
    func end() throws {
        let below = shown.map { $0.rows.count - 1 - $0.cursor.row } ?? 0
        try write((below > 0 ? "\u{1B}[\(below)B" : "") + "\n\u{1B}[?2004l")
    }

    /// The rows, then the cursor at its place.
    static func text(_ rows: EditedRows) -> String {
        let up = rows.rows.count - 1 - rows.cursor.row
        return rows.rows.joined(separator: "\n") + (up > 0 ? "\u{1B}[\(up)A" : "") + "\r"
            + (rows.cursor.column > 0 ? "\u{1B}[\(rows.cursor.column)C" : "")
    }
}
