// Groups below each other, each with the values of the runs and their intervals.
internal import ReportPages

/// A plot with a line for each group and run: a dot with its interval, or a bar.
struct GroupPlot {
    /// A group.
    struct Row {
        /// Its name.
        let label: String
        /// What is behind the name, such as the number of questions.
        let detail: String
        /// The value of each series; nil without one.
        let estimates: [Estimate?]
    }

    /// The identifier in the page.
    let id: String
    /// What it shows.
    let title: String
    /// What its marks mean.
    let note: String
    /// The runs.
    let series: [PlotSeries]
    /// The groups, at least one with a value.
    let rows: [Row]
    /// Whether values are differences in percentage points: signs are printed, and zero is marked.
    var isDifference = false
    /// Whether values are drawn as bars from zero.
    var hasBars = false

    /// The size of the plot and of its parts.
    private static let (width, left, right) = (400.0, 16.0, 382.0)
    private static let (labelHeight, lineHeight, gap, foot) = (15.0, 11.0, 7.0, 22.0)

    private var rowHeight: Double { Self.labelHeight + Self.lineHeight * Double(series.count) + Self.gap }
    private var height: Double { rowHeight * Double(rows.count) + Self.foot }

    /// The figure.
    var figure: Markup { plotFigure(id: id, title: title, note: note, series, drawing) }

    /// Whether any group has a value.
    var isEmpty: Bool { rows.allSatisfy { $0.estimates.allSatisfy { $0 == nil } } }

    private var scale: ChartScale {
        let all = rows.flatMap(\.estimates).compactMap { $0 }
        let ends = all.flatMap { [$0.value, $0.low ?? $0.value, $0.high ?? $0.value] }
        return ChartScale(
            hasBars || isDifference ? ends + [0] : ends, isTight: false, from: Self.left, to: Self.right,
            count: 5
        )
    }

    private var drawing: Markup {
        let scale = scale
        let bottom = height - Self.foot
        let marks = scale.marks.map { mark -> Markup in
            let x = decimal(scale.place(mark), 1)
            let isZero = abs(mark) < scale.distance / 1000
            return """
                <path class="grid\(isZero ? " zero" : "")" d="M\(x) 4V\(decimal(bottom, 1))"/>\
                <text class="across" x="\(x)" y="\(decimal(height - 6, 1))">\(scale.text(mark, isDifference ? .plain : .share))</text>
                """
        }
        let lines = rows.enumerated().map { row($1, top: rowHeight * Double($0), scale) }
        return """
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(height.rounded(.up)))" role="img" aria-label="\(summary)" data-plot="\(id)">
            \(marks)
            \(lines)
            </svg>
            """
    }

    private func row(_ row: Row, top: Double, _ scale: ChartScale) -> Markup {
        let marks = zip(row.estimates, series).enumerated().map { index, pair -> Markup in
            guard let estimate = pair.0 else { return "" }
            let y = top + Self.labelHeight + Self.lineHeight * (Double(index) + 0.5)
            return mark(estimate, pair.1, "\(row.label), \(pair.1.name): \(text(estimate))", y: y, scale)
        }
        // With one series there is room for its value.
        let value = series.count == 1 ? row.estimates.first.flatMap { $0 }.map { shortText($0.value) } : nil
        return """
            <text class="label" x="\(decimal(Self.left, 0))" y="\(decimal(top + 12, 1))">\(shortened(row.label))\
            <tspan class="detail"> \(row.detail)</tspan></text>\
            \(Markup.when(value != nil, "<text class=\"value\" x=\"\(decimal(Self.right, 0))\" y=\"\(decimal(top + 12, 1))\">\(value ?? "")</text>"))
            \(marks)
            """
    }

    private func mark(
        _ estimate: Estimate, _ series: PlotSeries, _ title: String, y: Double, _ scale: ChartScale
    ) -> Markup {
        let (x, y) = (decimal(scale.place(estimate.value), 1), decimal(y, 1))
        guard !hasBars else {
            return """
                <g class="\(series.style)"><title>\(title)</title><path class="beam" d="M\(decimal(scale.place(0), 1)) \(y)H\(x)"/></g>
                """
        }
        var bar: Markup = ""
        if let low = estimate.low, let high = estimate.high {
            bar =
                "<path class=\"span\" d=\"M\(decimal(scale.place(low), 1)) \(y)H\(decimal(scale.place(high), 1))\"/>"
        }
        return """
            <g class="\(series.style)"><title>\(title)</title>\(bar)<circle class="mark" cx="\(x)" cy="\(y)" r="3.6"/></g>
            """
    }

    private func shortText(_ value: Double) -> String {
        isDifference ? signed(value, 1) : decimal(100 * value, 1) + "%"
    }

    private func text(_ estimate: Estimate) -> String {
        guard let low = estimate.low, let high = estimate.high else { return shortText(estimate.value) }
        return "\(shortText(estimate.value)) (\(shortText(low)) to \(shortText(high)))"
    }

    /// The plot in words.
    private var summary: String {
        let parts = rows.map { row in
            let values = zip(row.estimates, series).map { "\($1.name) \($0.map { text($0) } ?? "nothing")" }
            return "\(row.label): \(values.joined(separator: ", "))"
        }
        return "\(title). " + parts.joined(separator: "; ")
    }

    /// A label that fits beside a value.
    private func shortened(_ label: String) -> String {
        label.count > 46 ? label.prefix(45) + "…" : label
    }
}
