// Texts cut to a number of columns.
import Terminal
import Testing

@Suite("Widths of texts")
struct WidthTests {
    @Test("A text that fits stays whole, a longer one ends with an ellipsis and never exceeds the columns")
    func shortening() {
        #expect(shortened("reward", columns: 6) == "reward")
        #expect(shortened("reward", columns: 5) == "rewa…")
        #expect(shortened("reward", columns: 1) == "…")
        #expect(shortened("reward", columns: 0) == "")
        #expect(shortened("", columns: 0) == "")
        // A wide character that does not fit whole is left out.
        #expect(shortened("漢字漢字", columns: 7) == "漢字漢…")
        #expect(shortened("漢字漢字", columns: 6) == "漢字…")
        #expect(shortened("e\u{301}e\u{301}e\u{301}", columns: 2) == "e\u{301}…")
        for columns in 0...20 {
            #expect(columnCount(shortened("a👩‍🔬漢é\u{FE0F}字bc", columns: columns)) <= columns)
        }
    }

    @Test("What is no terminal has 80 columns and 24 rows")
    func noTerminal() {
        #expect(TerminalSize.of(-1) == TerminalSize(columns: 80, rows: 24))
    }
}
