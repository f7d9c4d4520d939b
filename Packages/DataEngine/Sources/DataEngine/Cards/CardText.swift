// A data card as Markdown and as HTML.
internal import Foundation
internal import TrainingData

extension CardContent {
    /// The card as Markdown; pictures are inside.
    var markdown: String {
        var text = "# \(markdownCell(card.title))\n\n"
        text += "\(counts.rows) rows in `\(file)`\n\nSHA-256 of the file: `\(hash)`\n\n"
        for table in tables {
            text += "## \(table.title)\n\n"
            text += "| " + table.head.map(markdownCell).joined(separator: " | ") + " |\n"
            text += "|" + String(repeating: "---|", count: table.head.count) + "\n"
            for row in table.rows { text += "| " + row.map(markdownCell).joined(separator: " | ") + " |\n" }
            text += "\n"
            if table.title == "Difficulty", let ratingText { text += ratingText + "\n\n" }
        }
        if !samples.isEmpty { text += "## Samples\n\n" }
        for shown in samples {
            let sample = shown.sample
            text += "**\(markdownCell(sample.task.rawValue))**, \(markdownCell(sample.id)): "
            text += "\(markdownCell(sample.question))\n\n"
            for picture in shown.pictures { text += "![picture](\(picture.uri))\n\n" }
            if !sample.solutions.isEmpty {
                text += "Gold: \(markdownCell(sample.solutions.joined(separator: " or ")))\n\n"
            }
        }
        if !card.recipe.isEmpty {
            let fence = card.recipe.contains("```") ? "~~~~~~" : "```"
            text +=
                "## Recipe\n\n\(fence)yaml\n\(card.recipe)\(card.recipe.hasSuffix("\n") ? "" : "\n")\(fence)\n"
        }
        return text
    }

    /// The card as one HTML page; pictures are inside.
    var html: String {
        var body =
            "<h1>\(escaped(card.title))</h1>\n<p>\(counts.rows) rows in <code>\(escaped(file))</code></p>\n"
        body += "<p>SHA-256 of the file: <code>\(hash)</code></p>\n"
        for table in tables {
            body += "<h2>\(escaped(table.title))</h2>\n<table><tr>"
            body += table.head.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>\n"
            for row in table.rows {
                let cells = row.enumerated().map { index, cell in
                    Int(cell) != nil && index > 0
                        ? "<td class=\"number\">\(cell)</td>" : "<td>\(escaped(cell))</td>"
                }
                body += "<tr>\(cells.joined())</tr>\n"
            }
            body += "</table>\n"
            if table.title == "Difficulty", let ratingText { body += "<p>\(escaped(ratingText))</p>\n" }
        }
        if !samples.isEmpty { body += "<h2>Samples</h2>\n" + samples.map(\.html).joined() }
        if !card.recipe.isEmpty { body += "<h2>Recipe</h2>\n<pre>\(escaped(card.recipe))</pre>\n" }
        return htmlPage(title: card.title, body: body)
    }
}
