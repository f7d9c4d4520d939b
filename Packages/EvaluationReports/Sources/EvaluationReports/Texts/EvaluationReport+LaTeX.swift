// The main table for a paper.

extension EvaluationReport {
    /// The main table as LaTeX: a `tabular` with the lines of `booktabs`, intervals in small print, the best run in bold.
    public var latex: String {
        let table = ScoreTable(self)
        let head = (["Model"] + table.columns).map(latexEscaped).joined(separator: " & ")
        let rows = table.rows.map { row in
            let cells = row.cells.map { cell -> String in
                guard let cell else { return "--" }
                let value = percent(cell.value)
                let interval = cell.interval.map {
                    " {\\scriptsize [\(percent($0.low)), \(percent($0.high))]}"
                }
                return (cell.isBest ? "\\textbf{\(value)}" : value) + (interval ?? "")
            }
            return ([latexEscaped(row.name)] + cells).joined(separator: " & ") + " \\\\"
        }
        let notes = table.notes(self).map { "% " + latexEscaped($0) }
        let lines =
            ["% \\usepackage{booktabs}"] + notes
            + ["\\begin{tabular}{l" + String(repeating: "r", count: table.columns.count) + "}", "\\toprule"]
            + [head + " \\\\", "\\midrule"] + rows + ["\\bottomrule", "\\end{tabular}"]
        return lines.joined(separator: "\n") + "\n"
    }
}

/// A text in LaTeX; control characters become blanks, so that a comment cannot end.
func latexEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\textbackslash{}"
        case "^": result += "\\textasciicircum{}"
        case "~": result += "\\textasciitilde{}"
        case "&", "%", "$", "#", "_", "{", "}":
            result += "\\"
            result.unicodeScalars.append(scalar)
        case _
        where scalar.properties.generalCategory == .control
            || scalar.properties.generalCategory == .lineSeparator
            || scalar.properties.generalCategory == .paragraphSeparator:
            result += " "
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
