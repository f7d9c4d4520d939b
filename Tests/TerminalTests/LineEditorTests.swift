// The editor as a value: keys in, screen text out.
import Terminal
import Testing

@Suite("Editing a line")
struct LineEditorTests {
    /// The text after some keys, with a bar where the cursor is.
    private func edited(_ keys: [Key], in editor: LineEditor = LineEditor()) -> String {
        var editor = editor
        for key in keys { _ = editor.apply(key) }
        let screen = EditedRows(editor, prompt: "", columns: 1000, height: 1000)
        let row = screen.rows[screen.cursor.row]
        let place = row.index(row.startIndex, offsetBy: screen.cursor.column)
        var rows = screen.rows
        rows[screen.cursor.row] = row[..<place] + "|" + row[place...]
        return rows.joined(separator: "/")
    }

    private func typed(_ text: String) -> [Key] { text.map { .text(String($0)) } }

    @Test("Moves and deletions")
    func moves() {
        let words = typed("one two-three")
        #expect(edited(words) == "one two-three|")
        #expect(edited(words + [.home, .text("x")]) == "x|one two-three")
        #expect(edited(words + [.left, .left, .backspace]) == "one two-th|ee")
        #expect(edited(words + [.wordLeft]) == "one two-|three")
        #expect(edited(words + [.wordLeft, .wordLeft, .delete]) == "one |wo-three")
        #expect(edited(words + [.home, .wordRight, .deleteToEnd]) == "one|")
        #expect(edited(words + [.deleteWordBefore]) == "one two-|")
        #expect(edited(words + [.deleteWordBefore, .home, .yank]) == "three|one two-")
        #expect(edited(words + [.wordLeft, .deleteToStart]) == "|three")
        #expect(edited(words + [.home, .deleteWordAfter]) == "| two-three")
        #expect(
            edited([.left, .right, .backspace, .delete, .wordLeft, .wordRight, .up, .down, .yank]) == "|")
        #expect(edited(words + [.home, .endOfInput]) == "|ne two-three")
    }

    @Test("Several lines: Alt-Enter, a backslash at the end, pasted text, moves between the lines")
    func lines() {
        let two = typed("abc") + [.newline] + typed("de")
        #expect(edited(two) == "abc/  de|")
        #expect(edited(two + [.up]) == "ab|c/  de")
        #expect(edited(two + [.up, .end, .down]) == "abc/  de|")
        #expect(edited(two + [.home, .backspace]) == "abc|de")
        #expect(edited(two + [.up, .end, .deleteToEnd]) == "abc|de")
        #expect(edited(typed("ab\\") + [.enter] + typed("c")) == "ab/  c|")
        #expect(edited([.paste("a\r\nb\rc\u{1B}[31m\u{7}d")]) == "a/  b/  c[31md|")
        var editor = LineEditor()
        for key in typed("a\\\\b") { _ = editor.apply(key) }
        #expect(editor.apply(.enter) == .entered("a\\\\b"))
    }

    @Test("The history is walked with a draft kept, and holds no repetition")
    func history() {
        let editor = LineEditor(history: History(["first", "second\nline"]))
        #expect(edited(typed("new") + [.up], in: editor) == "second/  line|")
        #expect(edited(typed("new") + [.up, .up, .up], in: editor) == "first|")
        #expect(edited(typed("new") + [.up, .down, .down], in: editor) == "new|")
        var history = History(["a"])
        #expect(!history.add("a") && !history.add("  \n") && history.add("b"))
        #expect(history.entries == ["a", "b"])
        for number in 0..<2000 { history.add("\(number)") }
        #expect(history.entries.count == History.limit && history.entries.last == "1999")
    }

    @Test("Ends of a line")
    func outcomes() {
        var editor = LineEditor()
        #expect(editor.apply(.endOfInput) == .ended)
        #expect(editor.apply(.interrupt) == .interrupted(wasEmpty: true))
        _ = editor.apply(.text("x"))
        #expect(editor.apply(.interrupt) == .interrupted(wasEmpty: false) && editor.text.isEmpty)
        _ = editor.apply(.text("y"))
        #expect(
            editor.apply(.enter) == .entered("y") && editor.history.entries == ["y"] && editor.text.isEmpty)
        #expect(editor.apply(.suspend) == .suspended && editor.apply(.clearScreen) == .cleared)
    }

    @Test("A text never grows beyond its limit, by pasting neither")
    func limit() {
        var editor = LineEditor(limit: 5)
        for key in typed("ab cd") { #expect(editor.apply(key) == .changed) }
        #expect(editor.apply(.text("e")) == .refused && editor.apply(.paste("\n")) == .refused)
        _ = editor.apply(.deleteWordBefore)
        #expect(editor.apply(.yank) == .changed && editor.apply(.yank) == .refused && editor.text == "ab cd")
        _ = editor.apply(.backspace)
        #expect(editor.apply(.text("\\")) == .changed && editor.apply(.enter) == .changed)
        #expect(editor.text == "ab c\n")
    }

    @Test("Marks join the character before them, and one key deletes all of it")
    func clusters() {
        #expect(edited(typed("e") + [.text("\u{301}"), .text("x"), .backspace, .backspace]) == "|")
        let family: [Key] = ["👨", "\u{200D}", "👩"].map { .text($0) }
        #expect(edited(family + [.backspace]) == "|")
    }

    @Test("Rows: wide characters, wrapping, the cursor after a full row, a text higher than the screen")
    func rows() {
        func screen(_ text: String, _ moves: [Key] = [], columns: Int, height: Int = 10) -> EditedRows {
            var editor = LineEditor()
            for key in [.paste(text)] + moves { _ = editor.apply(key) }
            return EditedRows(editor, prompt: "> ", columns: columns, height: height)
        }
        let wide = screen("日本語x", columns: 7)
        #expect(wide.rows == ["> 日本", "語x"] && wide.cursor == (1, 3))
        let full = screen("abcd", columns: 6)
        #expect(full.rows == ["> abcd", ""] && full.cursor == (1, 0))
        let broken = screen("abcd\ne", [.up, .end], columns: 6)
        #expect(broken.rows == ["> abcd", "  e"] && broken.cursor == (0, 5))
        let wrapped = screen("abcdef", [.left, .left], columns: 6)
        #expect(wrapped.rows == ["> abcd", "ef"] && wrapped.cursor == (1, 0))
        let tall = screen("a\nb\nc\nd\ne", columns: 9, height: 3)
        #expect(tall.rows == ["  c", "  d", "  e"] && tall.cursor == (2, 3))
        let top = screen("a\nb\nc\nd\ne", [.up, .up, .up, .up], columns: 9, height: 3)
        #expect(top.rows == ["> a", "  b", "  c"] && top.cursor == (0, 3))
        #expect(screen("👍🏽🇩🇪❤️e\u{301}\t", columns: 80).cursor == (0, 2 + 2 + 2 + 2 + 1 + 4))
        // A terminal that becomes narrower wraps the rows that it has.
        #expect(screen("abcdefgh", columns: 20).cursorRow(columns: 4) == 2)
    }
}
