// What a chart shows, before it is drawn.

/// A point of a curve.
struct CurvePoint: Equatable {
    /// The step; means of several steps may lie between them.
    var step: Double
    /// The value.
    var value: Double
    /// The ends of its interval or range; both nil without one.
    var low, high: Double?
}

/// One curve of a chart.
struct Curve {
    /// How a curve is drawn.
    enum Form: String {
        /// A line, with a band where its points have ranges.
        case line
        /// A pale thin line, for the values behind a mean.
        case faint
        /// A line with circles and bars of error.
        case circles
        /// A line with diamonds and bars of error.
        case diamonds
        /// An area on those before it.
        case stacked
    }

    /// The name in the legend.
    let name: String
    /// Selects the color.
    let color: Int
    /// How it is drawn.
    let form: Form
    /// The points, in the order of the steps.
    let points: [CurvePoint]

    /// The curve of a series, thinned.
    static func plain(_ name: String, color: Int, _ series: Series, form: Form = .line) -> Curve {
        let points = zip(series.steps, series.values).map { CurvePoint(step: Double($0), value: $1) }
        return Curve(name: name, color: color, form: form, points: thinned(points))
    }

    /// A curve of estimates, thinned.
    static func estimated(_ name: String, color: Int, _ steps: [Int], _ estimates: [Estimate]) -> Curve {
        let points = zip(steps, estimates).map {
            CurvePoint(step: Double($0), value: $1.value, low: $1.low, high: $1.high)
        }
        return Curve(name: name, color: color, form: .line, points: thinned(points))
    }
}

/// The unit of a chart's values.
enum ValueUnit {
    /// Any number.
    case plain
    /// A share from 0 to 1.
    case share
    /// Seconds.
    case seconds
    /// Bytes.
    case bytes
}

/// A chart.
struct Chart {
    /// Its identifier in the page.
    let id: String
    /// What it shows.
    let title: String
    /// What its marks mean; empty for nothing to explain.
    let note: String
    /// The unit of the values.
    var unit = ValueUnit.plain
    /// The curves; those without points are not drawn.
    let curves: [Curve]

    /// Whether there is anything to draw.
    var isEmpty: Bool { curves.allSatisfy(\.points.isEmpty) }
}

/// Charts under one heading.
struct ChartSection {
    /// The identifier of the heading.
    let id: String
    /// The heading.
    let title: String
    /// What holds for all its charts; empty for nothing.
    let note: String
    /// The charts.
    let charts: [Chart]
}
