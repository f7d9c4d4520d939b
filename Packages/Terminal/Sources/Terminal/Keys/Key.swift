// What a person does at a terminal, apart from the bytes that say so.

/// A key, or text that was pasted.
public enum Key: Equatable, Sendable {
    /// Typed text: one character, or a part of one that the next key completes.
    case text(String)
    /// Pasted text: line breaks in it do not end the line.
    case paste(String)
    /// The end of the line, and a line break inside it (Alt-Enter, Shift-Enter).
    case enter, newline
    case left, right, up, down, home, end, wordLeft, wordRight
    /// Deletes the character before, or at, the cursor.
    case backspace, delete
    case deleteWordBefore, deleteWordAfter, deleteToStart, deleteToEnd
    /// Inserts what was deleted last.
    case yank
    case clearScreen
    /// Ctrl-C, Ctrl-D and Ctrl-Z.
    case interrupt, endOfInput, suspend
}
