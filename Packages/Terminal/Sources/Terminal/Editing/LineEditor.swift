// A line of input as a value: keys in, text and cursor out. Nothing here knows a terminal.

/// The text that is being typed, with its cursor.
public struct LineEditor: Equatable, Sendable {
    /// What a key led to.
    public enum Outcome: Equatable, Sendable {
        /// The text or the cursor may have changed.
        case changed
        /// The text is complete.
        case entered(String)
        /// Ctrl-C: the text was thrown away; it was empty before when `wasEmpty`.
        case interrupted(wasEmpty: Bool)
        /// Ctrl-D on an empty line.
        case ended
        /// Ctrl-Z.
        case suspended
        /// Ctrl-L.
        case cleared
        /// The text would be longer than the limit, so nothing changed.
        case refused
    }

    /// Earlier texts, for the up and down keys.
    public internal(set) var history: History
    /// The typed characters; a line break is one of them.
    var characters: [Character] = []
    /// Before which character the cursor is.
    var cursor = 0
    /// What was deleted last, for Ctrl-Y.
    private var deleted: [Character] = []

    /// The most characters.
    private let limit: Int

    /// An empty line that can have so many characters.
    public init(history: History = History(), limit: Int = 1_000_000) {
        (self.history, self.limit) = (history, limit)
    }

    /// The typed text.
    public var text: String { String(characters) }

    /// Applies a key.
    public mutating func apply(_ key: Key) -> Outcome {
        switch key {
        case .text(let text), .paste(let text): return insert(text)
        case .newline: return insert("\n")
        case .enter:
            // A backslash before the cursor at the end of the line asks for another line.
            guard cursor == characters.count, characters.last == "\\" else { return .entered(take()) }
            characters[cursor - 1] = "\n"
        case .left: cursor = max(cursor - 1, 0)
        case .right: cursor = min(cursor + 1, characters.count)
        case .home: cursor = lineStart
        case .end: cursor = lineEnd
        case .wordLeft: cursor = wordStart
        case .wordRight: cursor = wordEnd
        case .up: moveUp()
        case .down: moveDown()
        case .backspace: remove(max(cursor - 1, 0)..<cursor)
        case .delete: remove(cursor..<min(cursor + 1, characters.count))
        case .deleteWordBefore: cut(wordStart..<cursor)
        case .deleteWordAfter: cut(cursor..<wordEnd)
        case .deleteToStart: cut(lineStart..<cursor)
        // At the end of a line, the line break goes.
        case .deleteToEnd: cut(cursor..<(lineEnd == cursor ? min(cursor + 1, characters.count) : lineEnd))
        case .yank: return insert(String(deleted))
        case .clearScreen: return .cleared
        case .interrupt:
            let wasEmpty = characters.isEmpty
            show("")
            return .interrupted(wasEmpty: wasEmpty)
        case .endOfInput:
            guard !characters.isEmpty else { return .ended }
            remove(cursor..<min(cursor + 1, characters.count))
        case .suspend: return .suspended
        }
        return .changed
    }

    /// Inserts text at the cursor.
    ///
    /// Marks join the character before them; control characters are left out.
    private mutating func insert(_ text: String) -> Outcome {
        let scalars = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n").unicodeScalars.filter {
            $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t"
        }
        // Scalars are counted: of one character there can be any number.
        guard characters.count + scalars.count <= limit else { return .refused }
        // ASCII never joins ASCII, so text that is typed or pasted in pieces costs little.
        if cursor == characters.count, characters.last?.isASCII ?? true, scalars.allSatisfy(\.isASCII) {
            characters += scalars.map(Character.init)
            cursor = characters.count
            return .changed
        }
        let before = Array(String(characters[..<cursor]) + String(String.UnicodeScalarView(scalars)))
        characters = Array(String(before) + String(characters[cursor...]))
        cursor = min(before.count, characters.count)
        return .changed
    }

    /// Empties the line and remembers it in the history.
    private mutating func take() -> String {
        let text = text
        show("")
        history.add(text)
        return text
    }

    private mutating func show(_ text: String) {
        characters = Array(text)
        cursor = characters.count
    }

    private mutating func remove(_ range: Range<Int>) {
        characters.removeSubrange(range)
        cursor = range.lowerBound
    }

    private mutating func cut(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        deleted = Array(characters[range])
        remove(range)
    }

    /// Up in a text of several lines, and from its first line to the message before.
    private mutating func moveUp() {
        let start = lineStart
        guard start > 0 else {
            if let older = history.older(than: text) { show(older) }
            return
        }
        let column = cursor - start
        cursor = start - 1
        cursor = min(lineStart + column, cursor)
    }

    private mutating func moveDown() {
        let end = lineEnd
        guard end < characters.count else {
            if let newer = history.newer() { show(newer) }
            return
        }
        let column = cursor - lineStart
        cursor = end + 1
        cursor = min(cursor + column, lineEnd)
    }
}

extension LineEditor {
    /// The place after the line break before the cursor.
    private var lineStart: Int { (characters[..<cursor].lastIndex(of: "\n") ?? -1) + 1 }

    private var lineEnd: Int { characters[cursor...].firstIndex(of: "\n") ?? characters.count }

    /// Where the word before the cursor begins.
    private var wordStart: Int {
        var place = cursor
        while place > 0, !Self.isWord(characters[place - 1]) { place -= 1 }
        while place > 0, Self.isWord(characters[place - 1]) { place -= 1 }
        return place
    }

    /// Where the word at or after the cursor ends.
    private var wordEnd: Int {
        var place = cursor
        while place < characters.count, !Self.isWord(characters[place]) { place += 1 }
        while place < characters.count, Self.isWord(characters[place]) { place += 1 }
        return place
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
