// What the plots of this folder share: the figure around them and its legend.
internal import ReportPages

/// One run, or another thing with a color, in a plot.
struct PlotSeries {
    /// The name in the legend.
    let name: String
    /// The class of its color.
    let style: String

    /// Runs in the order of their colors.
    static func runs(_ names: [String]) -> [PlotSeries] {
        names.enumerated().map { PlotSeries(name: $1, style: colorClass($0)) }
    }
}

/// A plot as a figure; `drawing` is an `svg` element with an own description.
func plotFigure(id: String, title: String, note: String, _ series: [PlotSeries], _ drawing: Markup) -> Markup
{
    let items = series.map { each -> Markup in
        "<li><span class=\"swatch circles \(each.style)\" aria-hidden=\"true\"></span>\(each.name)</li>"
    }
    return """
        <figure class="chart plot" id="\(id)">
        <figcaption><h4>\(title)</h4>\(Markup.when(!note.isEmpty, "<p class=\"note\">\(note)</p>"))</figcaption>
        \(Markup.when(series.count > 1, "<ul class=\"legend\">\(items)</ul>"))
        \(drawing)
        </figure>
        """
}

/// Plots side by side; empty without any.
func plotGrid(_ plots: [Markup]) -> Markup {
    plots.isEmpty ? "" : "<div class=\"charts\">\(plots)</div>"
}
