// A row of the view: pieces of text, some in color.
internal import Terminal

/// How a piece of text looks on a terminal with colors.
enum Style: String, Sendable {
    case plain = ""
    case strong = "1"
    case dim = "2"
    case better = "32"
    case worse = "31"
    case notice = "33"
}

/// A row of a known width.
struct Row: Equatable, Sendable {
    /// A piece of text in one style.
    struct Piece: Equatable, Sendable {
        let text: String
        let style: Style
    }

    private(set) var pieces: [Piece] = []

    /// A row of one piece.
    init(_ text: String = "", _ style: Style = .plain) { add(text, style) }

    /// Appends a piece; control characters and line breaks in it become spaces.
    mutating func add(_ text: String, _ style: Style = .plain) {
        let oneLine = String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .lineSeparator, .paragraphSeparator: " "
                    default: scalar
                    }
                }))
        if !oneLine.isEmpty { pieces.append(Piece(text: oneLine, style: style)) }
    }

    /// The columns that the row takes.
    var columns: Int { pieces.reduce(0) { $0 + columnCount($1.text) } }

    /// The row, or its start and an ellipsis when it is wider than `columns`.
    func cut(to columns: Int) -> Row {
        var (row, room) = (Row(), columns)
        for piece in pieces {
            let text = shortened(piece.text, columns: room)
            row.add(text, piece.style)
            guard text == piece.text else { break }
            room -= columnCount(text)
        }
        return row
    }

    /// The characters to write, with or without the codes of colors.
    func text(isColored: Bool) -> String {
        pieces.map { piece in
            isColored && piece.style != .plain
                ? "\u{1B}[\(piece.style.rawValue)m\(piece.text)\u{1B}[0m" : piece.text
        }.joined()
    }
}

/// The text with spaces behind or before it, so that it takes at least `columns`.
func padded(_ text: String, _ columns: Int, before: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(columns - columnCount(text), 0))
    return before ? spaces + text : text + spaces
}
