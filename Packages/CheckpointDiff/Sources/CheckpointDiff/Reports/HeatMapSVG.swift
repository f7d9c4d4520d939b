// The heat map as one SVG file: no scripts, nothing from a network, light or dark like the viewer.
internal import Checkpoint
internal import ModelFamilies
internal import Outputs

extension CheckpointComparison {
    /// An image of where the model changed: a map of layers by modules for each part that has layers, and a
    /// strip for the modules outside them.
    ///
    /// Colors show the relative change, two per power of ten.
    public func svg() -> String {
        var drawing = HeatMapDrawing(HeatMap(self))
        return drawing.svg(title: "\(fileName(of: a.location)) → \(fileName(of: b.location))", note: verdict)
    }
}

/// Lays out the image from top to bottom.
private struct HeatMapDrawing {
    private let map: HeatMap
    private var body = ""
    private var y = 0
    private var width = 640

    private static let (cellWidth, cellHeight, left, gap) = (52, 17, 64, 2)

    init(_ map: HeatMap) { self.map = map }

    mutating func svg(title: String, note: String) -> String {
        text(16, 28, title, "title")
        text(16, 48, note, "note")
        y = 62
        legend()
        for grid in map.grids { draw(grid) }
        drawRest()
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(y + 16)" width="\(width)" \
            height="\(y + 16)" role="img" aria-label="\(escapedMarkup("Relative change by layer and module: \(title)"))">
            <style>
            text { font: 11px system-ui, sans-serif; fill: var(--text) }
            .title { font-size: 15px; font-weight: 600 } .part { font-size: 13px; font-weight: 600 }
            .note { fill: var(--faint) } .value { font-size: 10px; text-anchor: middle }
            .layer { text-anchor: end } .page { fill: var(--page) }
            \(HeatMapColors.css(selector: { "rect.h\($0)" }, property: "fill", textSelector: { "text.h\($0)" }))
            </style>
            <rect class="page" width="100%" height="100%"/>
            \(body)</svg>

            """
    }

    private mutating func text(_ x: Int, _ y: Int, _ text: String, _ kind: String, _ more: String = "") {
        body += "<text x=\"\(x)\" y=\"\(y)\" class=\"\(kind)\"\(more)>\(escapedMarkup(text))</text>\n"
        if more.isEmpty { width = max(width, x + text.count * 7 + 16) }
    }

    private mutating func box(_ x: Int, _ y: Int, level: Int, text label: String, title: String) {
        let middle = x + Self.cellWidth / 2
        body += "<g><title>\(escapedMarkup(title))</title>"
        body += "<rect class=\"h\(level)\" x=\"\(x)\" y=\"\(y)\" width=\"\(Self.cellWidth)\" "
        body += "height=\"\(Self.cellHeight)\" rx=\"2\"/>"
        body +=
            "<text class=\"value h\(level)\" x=\"\(middle)\" y=\"\(y + 12)\">\(escapedMarkup(label))</text></g>\n"
        width = max(width, x + Self.cellWidth + 16)
    }

    private mutating func legend() {
        for (level, label) in HeatMap.legend.enumerated() {
            let x = 16 + level * (Self.cellWidth + Self.gap)
            box(x, y, level: level, text: label, title: "relative change \(label)")
        }
        text(28 + HeatMap.levelCount * (Self.cellWidth + Self.gap), y + 12, "relative change, from", "note")
        y += Self.cellHeight + 8
    }

    private mutating func draw(_ grid: HeatMap.Grid) {
        let longest = grid.modules.map(\.count).max() ?? 0
        y += 24
        text(16, y, grid.part.title, "part")
        let head = y + 18 + longest * 4
        for (column, module) in grid.modules.enumerated() {
            let x = Self.left + column * (Self.cellWidth + Self.gap) + 14
            text(x, head, module, "module", " transform=\"rotate(-40 \(x) \(head))\"")
            width = max(width, x + module.count * 5 + 24)
        }
        y = head + 8
        for (row, layer) in grid.layers.enumerated() {
            text(Self.left - 8, y + 12, "\(layer)", "layer")
            for (column, cell) in grid.cells[row].enumerated() {
                guard let cell else { continue }
                box(
                    Self.left + column * (Self.cellWidth + Self.gap), y, level: cell.level, text: cell.text,
                    title: cell.title)
            }
            y += Self.cellHeight + Self.gap
        }
    }

    private mutating func drawRest() {
        guard !map.rest.isEmpty else { return }
        y += 24
        text(16, y, "outside the layers", "part")
        y += 8
        for cell in map.rest {
            box(16, y, level: cell.level, text: cell.text, title: cell.title)
            text(24 + Self.cellWidth, y + 12, cell.label, "module")
            y += Self.cellHeight + Self.gap
        }
    }
}

/// The colors of the map, which the page and the picture share.
enum HeatMapColors {
    // From pale to deep on white, from deep to bright on black. The text on a cell has a contrast of at least
    // 4.5 to 1 against it, so the color of the text changes on the way.
    private static let light =
        [("#eceef1", "#4b5563")]
        + ["#fdf0d5", "#fcdeae", "#fbc988", "#f7ac66", "#ed8946", "#d75c29"].map { ($0, "#2b1403") }
        + ["#be392d", "#a31d48", "#78165d", "#4a1470"].map { ($0, "#ffffff") }
    private static let dark =
        [("#23272f", "#9aa3b2")]
        + ["#2a2342", "#412661", "#5b297b", "#7b2b7e", "#9a2f79", "#b73566"].map { ($0, "#ffffff") }
        + ["#d3515f", "#ee7c5f", "#f8ab79", "#fddc9a"].map { ($0, "#1f0d05") }
    private static let page = (
        light: "--page: #ffffff; --text: #1f2430; --faint: #5d6675; --line: #d9dde3; --raised: #f6f7f9; "
            + "--accent: #1d4ed8; --good: #166534; --bad: #b42318",
        dark: "--page: #14171c; --text: #e6e9ee; --faint: #a0a8b5; --line: #343a45; --raised: #1c2027; "
            + "--accent: #8ab4ff; --good: #6fd08c; --bad: #ff8f82"
    )

    /// Rules for both schemes: `property` of the cells, and the color of their text.
    static func css(selector: (Int) -> String, property: String, textSelector: (Int) -> String) -> String {
        func rules(_ colors: [(String, String)]) -> String {
            colors.enumerated().map { level, color in
                let write = property == "fill" ? "fill" : "color"
                return
                    "\(selector(level)) { \(property): \(color.0) } \(textSelector(level)) { \(write): \(color.1) }"
            }.joined(separator: "\n")
        }
        return """
            :root { color-scheme: light dark; \(page.light) }
            \(rules(light))
            @media (prefers-color-scheme: dark) {
            :root { \(page.dark) }
            \(rules(dark))
            }
            """
    }
}
