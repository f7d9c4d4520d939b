// Text for HTML pages and Markdown: what a row says never becomes markup.
internal import Outputs

/// A text as HTML: signs of the language become references, and control characters are left out.
func escaped(_ text: String) -> String {
    escapedMarkup(text) { $0 == "\n" || $0 == "\t" ? String($0) : "" }
}

/// A text in a cell of a Markdown table: one line of plain text.
func markdownCell(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    var result = ""
    for scalar in line.unicodeScalars where scalar.properties.generalCategory != .control {
        switch scalar {
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "&": result += "&amp;"
        case "|", "\\", "`", "*", "_", "[", "]", "#", "~", "!", "$": result += "\\\(scalar)"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// A page with its style inside; nothing is fetched.
///
/// - Parameters:
///   - title: Plain text.
///   - body: HTML.
///   - script: A program of the page; it must not contain text of rows.
/// - Returns: The page.
func htmlPage(title: String, body: String, script: String = "") -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>
    body { font: 15px/1.5 system-ui, sans-serif; color: #1c2530; background: #fff; margin: 2em auto; max-width: 70em; padding: 0 1em }
    h1, h2, h3 { line-height: 1.2 }
    table { border-collapse: collapse; margin: 1em 0 }
    th, td { border: 1px solid #d5dbe3; padding: .25em .7em; text-align: left }
    td.number { text-align: right; font-variant-numeric: tabular-nums }
    pre { background: #f4f6f8; padding: .8em; overflow: auto; white-space: pre-wrap }
    .row { border-top: 1px solid #d5dbe3; padding: 1em 0; display: flex; gap: 1.2em; flex-wrap: wrap }
    .row .text { flex: 1; min-width: 18em; white-space: pre-wrap; overflow-wrap: anywhere }
    .row svg { border: 1px solid #d5dbe3; width: 24em; height: auto; max-width: 100% }
    .name { color: #5b6b7c; font-size: .87em }
    .bar { background: #3b6ea5; height: 1em; display: inline-block; vertical-align: middle }
    </style>
    </head>
    <body>
    \(body)\(script.isEmpty ? "" : "<script>\n\(script)\n</script>\n")</body>
    </html>

    """
}
