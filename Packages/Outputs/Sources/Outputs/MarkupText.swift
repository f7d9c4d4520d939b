// Texts inside HTML and SVG: what a file, a row or a model says never becomes markup.

/// A text that means the same inside an element of HTML or SVG and inside a quoted attribute.
///
/// - Parameters:
///   - text: Any text.
///   - control: What a control character becomes, line breaks and tabs included; HTML does not allow most of them.
/// - Returns: The text with references for the characters of the language.
public func escapedMarkup(
    _ text: String, control: (Unicode.Scalar) -> String = { _ in "\u{FFFD}" }
) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count + 16)
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        case _ where scalar.properties.generalCategory == .control: result += control(scalar)
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
