// How many columns of a terminal a character takes.

/// The columns of a character: 0, 1 or 2, by Unicode's East Asian Width and emoji presentation.
///
/// Of several scalars the widest one counts; combining marks take no columns of their own.
func columnCount(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    if scalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
    return scalars.reduce(0) { max($0, columnCount($1)) }
}

private func columnCount(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return (0x20..<0x7F).contains(scalar.value) ? 1 : 0 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    return scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) } ? 2 : 1
}

/// The columns of a text on a terminal.
public func columnCount(_ text: String) -> Int { text.reduce(0) { $0 + columnCount($1) } }

/// A text of at most so many columns: the whole text, or its start and an ellipsis.
///
/// - Parameters:
///   - text: A text without control characters.
///   - columns: The most columns; with none the result is empty.
/// - Returns: The text that fits.
public func shortened(_ text: String, columns: Int) -> String {
    guard columnCount(text) > columns else { return text }
    var (start, width) = ("", 1)
    for character in text {
        width += columnCount(character)
        guard width <= columns else { break }
        start.append(character)
    }
    return columns > 0 ? start + "…" : ""
}

/// Blocks whose characters are wide or fullwidth (Unicode 16, EastAsianWidth.txt), emoji aside.
private let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
    0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
]
