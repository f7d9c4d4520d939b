// A chart as a figure with inline SVG, and its values for the script that shows those under the pointer.
public import StrictJSON

/// Draws charts.
struct ChartDrawing {
    /// The size of a chart and the room around its plot.
    private static let (width, height) = (400.0, 214.0)
    private static let (left, right, top, bottom) = (50.0, 14.0, 10.0, 26.0)

    /// The chart.
    let chart: Chart
    private let curves: [Curve]
    private let across, up: ChartScale

    /// Prepares a chart that is not empty.
    init(_ chart: Chart) {
        self.chart = chart
        curves = stacked(chart.curves).filter { !$0.points.isEmpty }
        let points = curves.flatMap(\.points)
        across = ChartScale(
            points.map(\.step), isTight: true, from: Self.left, to: Self.width - Self.right, count: 5,
            isWhole: true)
        // The ends of a stack are its ranges; its values are parts.
        let values = curves.flatMap { curve in
            curve.points.flatMap { point in
                [curve.form == .stacked ? nil : point.value, point.low, point.high].compactMap { $0 }
            }
        }
        up = ChartScale(
            values, isTight: false, from: Self.height - Self.bottom, to: Self.top, count: 4,
            isBytes: chart.unit == .bytes)
    }

    /// The figure.
    var figure: Markup {
        """
        <figure class="chart" id="chart-\(chart.id)">
        <figcaption><h3>\(chart.title)</h3>\(Markup.when(!note.isEmpty, "<p class=\"note\">\(note)</p>"))</figcaption>
        \(legend)
        <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(summary)" data-chart="\(chart.id)" \
        data-left="\(decimal(across.start, 0))" data-right="\(decimal(across.end, 0))" \
        data-low="\(brief(across.low))" data-high="\(brief(across.high))">
        \(grid)
        \(curves.map(CurveDrawing(across: across, up: up).drawn))
        <path class="cursor" d="M-9 \(decimal(Self.top, 0))V\(decimal(up.start, 0))"/>
        </svg>
        <p class="readout" aria-hidden="true"></p>
        </figure>
        """
    }

    /// What the marks mean, and the unit of bytes.
    private var note: String {
        [chart.note, up.divisor.map { "In \($0.name)." } ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The values of the curves, for the script.
    var data: OrderedJSON {
        .array(
            curves.filter { !$0.name.isEmpty }.map { curve in
                .members([
                    "name": .value(curve.name), "color": .string(colorClass(curve.color)),
                    "steps": .array(curve.points.map { .value($0.step) }),
                    "texts": .value(curve.points.map { text(of: $0, curve.form) }),
                ])
            })
    }

    private func text(of point: CurvePoint, _ form: Curve.Form) -> String {
        let value = valueText(point.value, chart.unit)
        guard form != .stacked, let low = point.low, let high = point.high else { return value }
        return "\(value) (\(valueText(low, chart.unit)) to \(valueText(high, chart.unit)))"
    }

    private var legend: Markup {
        let named = curves.filter { !$0.name.isEmpty }
        guard named.count > 1 || named.contains(where: { $0.form != .line }) else { return "" }
        let items = named.map { curve -> Markup in
            let style =
                "swatch \(colorClass(curve.color)) \(curve.form.rawValue)"
                + (curve.color >= colorCount ? " dashed" : "")
            return "<li><span class=\"\(style)\" aria-hidden=\"true\"></span>\(curve.name)</li>"
        }
        return "<ul class=\"legend\">\(items)</ul>"
    }

    private var grid: Markup {
        let lines = up.marks.map { mark -> Markup in
            let y = decimal(up.place(mark), 1)
            return """
                <path class="grid\(mark == 0 ? " zero" : "")" d="M\(decimal(Self.left, 0)) \(y)H\(decimal(across.end, 0))"/>\
                <text class="up" x="\(decimal(Self.left - 6, 0))" y="\(y)">\(up.text(mark, chart.unit))</text>
                """
        }
        let steps = across.marks.map { mark -> Markup in
            let x = decimal(across.place(mark), 1)
            return
                "<text class=\"across\" x=\"\(x)\" y=\"\(decimal(Self.height - 8, 0))\">\(across.text(mark, .plain))</text>"
        }
        return "\(lines)\(steps)"
    }

    /// The chart in words: what each curve begins and ends with.
    private var summary: String {
        let parts = curves.filter { !$0.name.isEmpty }.compactMap { curve -> String? in
            guard let first = curve.points.first, let last = curve.points.last else { return nil }
            return "\(curve.name) from \(valueText(first.value, chart.unit)) at step \(brief(first.step)) "
                + "to \(valueText(last.value, chart.unit)) at step \(brief(last.step))"
        }
        return "\(chart.title): " + parts.joined(separator: "; ")
    }
}

extension ChartSection {
    /// The section; empty without charts.
    public var drawn: Markup {
        guard !charts.isEmpty else { return "" }
        return """
            <section id="\(id)" aria-labelledby="\(id)-title">
            <h2 id="\(id)-title">\(title)</h2>\(Markup.when(!note.isEmpty, "<p class=\"note\">\(note)</p>"))
            <div class="charts">
            \(charts.map { ChartDrawing($0).figure })
            </div>
            </section>
            """
    }

    /// The values of its charts, for `PageScript.charts`: a member for each.
    public var data: [OrderedJSON.Member] {
        charts.map { OrderedJSON.Member(key: $0.id, value: ChartDrawing($0).data) }
    }
}
