// Rows at the end of a terminal's output that are replaced in place.
internal import Terminal

/// Remembers the rows on the screen, and makes the characters that replace them.
///
/// The cursor is always at the start of the line below the rows, so what another program writes comes after them, and
/// the end of the process leaves nothing to restore. The cursor moves up only over the rows themselves.
struct LiveScreen {
    /// The columns of the rows on the screen.
    private var shown: [Int] = []

    /// The characters that put rows in the place of those on the screen.
    ///
    /// - Parameters:
    ///   - rows: The new rows.
    ///   - lines: Lines that come above them and stay for good, as wide as they are.
    ///   - size: The terminal as it is now.
    ///   - isColored: Whether rows have their colors.
    /// - Returns: The characters to write.
    mutating func replace(
        with rows: [Row], below lines: [String] = [], _ size: TerminalSize, isColored: Bool
    ) -> String {
        let up = up(size)
        shown = rows.map(\.columns)
        // Lines that stay may be wider than the terminal: what they cover is erased before.
        let permanent = lines.isEmpty ? "" : "\u{1B}[J" + lines.map { $0 + "\n" }.joined()
        // A row is erased before it is written: after a full row the cursor is still on its last column.
        let replaced = rows.map { "\u{1B}[2K" + $0.text(isColored: isColored) + "\n" }.joined()
        return (up > 0 ? "\u{1B}[\(up)A\r" : "\r") + permanent + replaced + "\u{1B}[J"
    }

    /// How many lines the rows take now, on a terminal that has wrapped them when it became narrower.
    ///
    /// What it has scrolled off the screen cannot be reached.
    private func up(_ size: TerminalSize) -> Int {
        let columns = max(size.columns, 1)
        let lines = shown.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
        return min(lines, max(size.rows - 1, 0))
    }
}
