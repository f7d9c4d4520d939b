// Pieces of a page. What is put into one is escaped, so that no text of a run becomes markup.
internal import Outputs

/// A piece of HTML.
///
/// In a literal, texts and numbers in `\( )` are escaped, and pieces are inserted as they are.
public struct Markup: ExpressibleByStringInterpolation {
    /// The HTML.
    public let text: String

    /// A piece that is HTML already.
    public init(trusted text: String) { self.text = text }

    /// A literal.
    public init(stringLiteral text: String) { self.text = text }

    /// A literal with values.
    public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    /// Collects a literal's parts.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        /// An empty literal with room.
        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(2 * literalCapacity)
        }

        /// Adds HTML as it is.
        public mutating func appendLiteral(_ literal: String) { text += literal }
        /// Adds a text, escaped.
        public mutating func appendInterpolation(_ value: String) { text += escaped(value) }
        /// Adds a number.
        public mutating func appendInterpolation(_ value: Int) { text += "\(value)" }
        /// Adds a piece as it is.
        public mutating func appendInterpolation(_ piece: Markup) { text += piece.text }
        /// Adds pieces as they are, each on a line.
        public mutating func appendInterpolation(_ pieces: [Markup]) {
            text += pieces.map(\.text).joined(separator: "\n")
        }
    }

    /// A piece that is there only under a condition.
    ///
    /// A literal that is written directly inside `\( )` is a text, and is escaped.
    public static func when(_ condition: Bool, _ piece: @autoclosure () -> Markup) -> Markup {
        condition ? piece() : ""
    }

    /// Whether there is nothing.
    public var isEmpty: Bool { text.isEmpty }

    /// A table with a heading for each column; the first cell of a row is its heading.
    ///
    /// - Parameters:
    ///   - caption: What the table shows, for screen readers.
    ///   - head: The headings.
    ///   - rows: The cells of each row, one for each heading.
    ///   - style: The classes of the table.
    /// - Returns: The table in a region that scrolls.
    public static func table(_ caption: String, _ head: [String], _ rows: [[Markup]], style: String = "")
        -> Markup
    {
        let heads = head.map { "<th scope=\"col\">\($0)</th>" as Markup }
        let lines = rows.map { row -> Markup in
            let cells = row.enumerated().map { index, cell -> Markup in
                index == 0 ? "<th scope=\"row\">\(cell)</th>" : "<td>\(cell)</td>"
            }
            return "<tr>\(cells)</tr>"
        }
        return """
            <div class="scroll" tabindex="0" role="region" aria-label="\(caption)"><table class="\(style)">
            <caption class="unseen">\(caption)</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(lines)
            </tbody></table></div>
            """
    }
}

/// A text as HTML; line breaks and tabs stay.
private func escaped(_ text: String) -> String {
    escapedMarkup(text) { control in
        switch control {
        case "\n", "\t": String(control)
        case "\r": "&#13;"
        default: "\u{FFFD}"
        }
    }
}
