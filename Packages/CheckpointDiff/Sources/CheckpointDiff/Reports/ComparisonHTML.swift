// A comparison as one HTML page: self-contained, no network, light or dark like the reader's system.
// ReportStyle.swift holds its style and its script.
internal import Basics
internal import Checkpoint
internal import ModelFamilies
internal import Outputs

extension CheckpointComparison {
    /// The most tensors that a page lists; a browser still sorts them without delay.
    static let pageTensorLimit = 5000

    /// The page: verdict, structure, side files, heat map, sums by part, and all changed tensors in a table
    /// that can be sorted and searched.
    public func html() -> String {
        let title = "\(fileName(of: a.location)) → \(fileName(of: b.location))"
        let content = [
            header(title), structureSection, sideFileSection, heatMapSection, partSection, tensorSection,
        ].filter { !$0.isEmpty }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
            script-src 'unsafe-inline'; img-src data:">
            <link rel="icon" href="data:,">
            <title>r1-diff: \(escapedMarkup(title))</title>
            <style>
            \(HeatMapColors.css(selector: { ".h\($0)" }, property: "background", textSelector: { ".h\($0)" }))
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            <main>
            \(content)
            </main>
            <script>
            \(ReportStyle.script)
            </script>
            </body>
            </html>

            """
    }

    private func header(_ title: String) -> String {
        let notes = [
            stoppedEarly ? "Stopped at the first difference; there may be more." : "",
            tolerances.isExact ? "" : "Equal means \(toleranceText).",
            a.trainingTensorCount + b.trainingTensorCount > 0 ? "Training state is not compared." : "",
        ].filter { !$0.isEmpty }.map { "<p class=\"note\">\(escapedMarkup($0))</p>" }.joined()
        return """
            <header>
            <h1>\(escapedMarkup(title))</h1>
            <p class="verdict \(isSame ? "good" : "bad")">\(escapedMarkup(verdict))</p>\(notes)
            <dl class="sides">\(side("A", a))\(side("B", b))</dl>
            </header>
            """
    }

    private func side(_ label: String, _ side: Side) -> String {
        let identity = side.identity.map { " · identity <code>\($0.prefix(12))</code>" } ?? ""
        return """
            <div><dt>\(label)</dt><dd><b>\(escapedMarkup(side.location))</b><br>\(side.format) · \
            \(side.tensorCount) tensors · \(byteText(side.byteCount))\(identity)</dd></div>
            """
    }

    private var structureSection: String {
        func kind(_ info: TensorInfo) -> String { "\(info.dtype) \(info.shape)" }
        var rows = (naming.map { [("naming", "B is compared under A's names", "\($0.a) → \($0.b)")] } ?? [])
        rows += removed.map { ("only in A", $0.name, kind($0)) }
        rows += added.map { ("only in B", $0.name, kind($0)) }
        rows += reshaped.map { ("shape", $0.name, "\($0.shapeA) → \($0.shapeB)") }
        rows += retypedGroups.map { ("type", $0.name, $0.change) }
        rows += renamed.map { ($0.reason.title, $0.nameA, "→ \($0.nameB)") }
        guard !rows.isEmpty else { return "" }
        let body = rows.map { row(cells: [$0.0, $0.1, $0.2]) }.joined(separator: "\n")
        return section("Structure", "\(rows.count)", table(["what", "tensor", "how"], body))
    }

    private var sideFileSection: String {
        guard !sideFiles.isEmpty else { return "" }
        let body = sideFiles.flatMap { file -> [String] in
            let words =
                switch file.kind {
                case .onlyInA: "only in A"
                case .onlyInB: "only in B"
                case .notation: "the same JSON, written in another way"
                case .content: "\(file.byteCountA ?? 0) → \(file.byteCountB ?? 0) bytes"
                }
            let more =
                file.omittedKeyCount > 0 ? [row(cells: ["", "… \(file.omittedKeyCount) more", "", ""])] : []
            return [row(cells: [file.name, words, "", ""])]
                + file.keys.map { row(cells: ["", $0.path, brief($0.a), brief($0.b)]) } + more
        }.joined(separator: "\n")
        return section("Side files", "\(sideFiles.count)", table(["file", "where", "A", "B"], body))
    }

    private func brief(_ value: String?) -> String {
        guard let value else { return "(none)" }
        return value.count <= 120 ? value : "\(value.prefix(90))…\(value.suffix(25))"
    }

    private var heatMapSection: String {
        let map = HeatMap(self)
        guard !map.grids.isEmpty || !map.rest.isEmpty else { return "" }
        let legend = HeatMap.legend.enumerated().map { "<span class=\"h\($0)\">\(escapedMarkup($1))</span>" }
            .joined()
        let grids = map.grids.map { grid in
            let head = grid.modules.map { "<th scope=\"col\"><span>\(escapedMarkup($0))</span></th>" }
                .joined()
            let body = zip(grid.layers, grid.cells).map { layer, cells in
                "<tr><th scope=\"row\">\(layer)</th>" + cells.map { cell($0) }.joined() + "</tr>"
            }.joined(separator: "\n")
            return """
                <div class="scroll"><table class="heat">
                <caption>\(grid.part.title)</caption>
                <thead><tr><th scope="col">layer</th>\(head)</tr></thead>
                <tbody>
                \(body)
                </tbody></table></div>
                """
        }.joined(separator: "\n")
        let rest = map.rest.map {
            "<tr>\(cell($0))<th scope=\"row\">\(escapedMarkup($0.label))</th></tr>"
        }.joined(separator: "\n")
        let strip =
            rest.isEmpty
            ? ""
            : "<div class=\"scroll\"><table class=\"heat strip\"><caption>outside the layers</caption><tbody>\n"
                + rest + "\n</tbody></table></div>"
        return section(
            "Where it changed", "",
            "<p class=\"legend\">relative change, from: \(legend)</p>\n<div class=\"maps\">\(grids)\n\(strip)</div>"
        )
    }

    private func cell(_ cell: HeatMap.Cell?) -> String {
        guard let cell else { return "<td></td>" }
        let title = escapedMarkup(cell.title)
        return "<td class=\"h\(cell.level)\" title=\"\(title)\">\(escapedMarkup(cell.text))</td>"
    }

    /// Whether there are NaN or infinities; only then they get columns.
    private var hasNonFinite: Bool {
        tensors.contains {
            let it = $0.statistics
            return it.nanCountA + it.nanCountB + it.infinityCountA + it.infinityCountB > 0
        }
    }

    private var valueHeads: [String] {
        ["max|d|", "mean|d|", "RMS", "relative", "cosine", "ulp", "changed", "bits"]
            + (hasNonFinite ? ["NaN A/B", "inf A/B"] : [])
    }

    private func values(_ it: ElementStatistics) -> String {
        func cell(_ text: String, _ value: Double) -> String {
            "<td class=\"n\" data-v=\"\(value)\">\(text)</td>"
        }
        return cell(number(it.maximum), it.maximum) + cell(number(it.mean), it.mean)
            + cell(number(it.rootMeanSquare), it.rootMeanSquare) + cell(number(it.relative), it.relative)
            + cell(it.cosine.map(cosineText) ?? "–", it.cosine ?? -2)
            + cell(it.largestULP.map(steps) ?? "–", Double(it.largestULP ?? -1))
            + cell(percent(it.changedFraction), it.changedFraction)
            + cell(percent(it.changedBitFraction), it.changedBitFraction)
            + (hasNonFinite
                ? cell("\(it.nanCountA)/\(it.nanCountB)", Double(it.nanCountA + it.nanCountB))
                    + cell(
                        "\(it.infinityCountA)/\(it.infinityCountB)",
                        Double(it.infinityCountA + it.infinityCountB))
                : "")
    }

    private var partSection: String {
        guard !changed.isEmpty else { return "" }
        let body = parts.map { part in
            "<tr><th scope=\"row\">\(part.part.title)</th><td class=\"n\">\(part.differentCount)/\(part.tensorCount)</td>"
                + values(part.statistics) + "</tr>"
        }.joined(separator: "\n")
        return section("Parts", "", table(["part", "differ"] + valueHeads, body))
    }

    private var tensorSection: String {
        let all = changed
        guard !all.isEmpty else { return "" }
        let body = all.prefix(Self.pageTensorLimit).map { item in
            "<tr><th scope=\"row\">\(escapedMarkup(item.name))</th>"
                + "<td class=\"n\" data-v=\"\(item.place.layer ?? -1)\">\(item.place.layer.map(String.init) ?? "")</td>"
                + "<td>\(item.dtypeA == item.dtypeB ? "\(item.dtypeA)" : "\(item.dtypeA) → \(item.dtypeB)")</td>"
                + "<td class=\"n\" data-v=\"\(item.statistics.elementCount)\">"
                + "\(item.shape.map(String.init).joined(separator: "×"))</td>"
                + values(item.statistics) + "</tr>"
        }.joined(separator: "\n")
        let unlisted = all.count - min(all.count, Self.pageTensorLimit)
        let note =
            "<p class=\"note\">\(tensors.count - all.count) of \(tensors.count) tensors have the same bits and are "
            + "not listed" + (unlisted > 0 ? ", nor are \(unlisted) more that changed least" : "") + ".</p>"
        let search =
            "<p><label>Find <input id=\"find\" type=\"search\" placeholder=\"layers.3 or q_proj\"></label> "
            + "<output id=\"found\"></output></p>"
        return section(
            "Changed tensors", "\(all.count)",
            note + search
                + table(["tensor", "layer", "type", "shape"] + valueHeads, body, id: "tensors"))
    }

    private func section(_ title: String, _ count: String, _ content: String) -> String {
        let number = count.isEmpty ? "" : " <span class=\"count\">\(count)</span>"
        return "<section><h2>\(title)\(number)</h2>\n\(content)\n</section>"
    }

    private func table(_ heads: [String], _ body: String, id: String = "") -> String {
        let numeric = valueHeads + ["layer", "shape", "differ"]
        let head = heads.map { name in
            let kind = numeric.contains(name) ? " class=\"n\"" : ""
            let label = escapedMarkup(name)
            return "<th scope=\"col\"\(kind)>"
                + (id.isEmpty ? label : "<button type=\"button\">\(label)</button>") + "</th>"
        }.joined()
        let attribute = id.isEmpty ? "" : " id=\"\(id)\""
        return """
            <div class="scroll"><table class="rows"\(attribute)>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)
            </tbody></table></div>
            """
    }

    private func row(cells: [String]) -> String {
        "<tr>" + cells.map { "<td>\(escapedMarkup($0))</td>" }.joined() + "</tr>"
    }
}
