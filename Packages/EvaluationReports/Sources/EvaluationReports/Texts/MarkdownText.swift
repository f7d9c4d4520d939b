// Markdown, with texts that never become markup.

/// A text inside a cell of a table or a line.
func markdownEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "|", "\\", "`", "*", "_", "[", "]", "#", "~":
            result += "\\"
            result.unicodeScalars.append(scalar)
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case _ where scalar.properties.generalCategory == .control: result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// A table of cells that are Markdown already, the first column aligned to the left, the others to the right.
func markdownTable(_ head: [String], _ rows: [[String]]) -> String {
    let rule = head.indices.map { $0 == 0 ? "---" : "---:" }
    return ([head, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
}

/// Sentences as a list.
func markdownList(_ items: [String]) -> String {
    items.map { "- \(markdownEscaped($0))" }.joined(separator: "\n")
}
