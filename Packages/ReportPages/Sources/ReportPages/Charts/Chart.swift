// What a chart shows, before it is drawn.

/// A point of a curve.
public struct CurvePoint: Equatable, Sendable {
    /// The step; means of several steps may lie between them.
    public var step: Double
    /// The value.
    public var value: Double
    /// The ends of its interval or range; both nil without one.
    public var low, high: Double?

    /// A point.
    public init(step: Double, value: Double, low: Double? = nil, high: Double? = nil) {
        (self.step, self.value, self.low, self.high) = (step, value, low, high)
    }
}

/// One curve of a chart.
public struct Curve: Sendable {
    /// How a curve is drawn.
    public enum Form: String, Sendable {
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
    public let name: String
    /// Selects the color.
    public let color: Int
    /// How it is drawn.
    public let form: Form
    /// The points, in the order of the steps.
    public let points: [CurvePoint]

    /// A curve.
    public init(name: String, color: Int, form: Form, points: [CurvePoint]) {
        (self.name, self.color, self.form, self.points) = (name, color, form, points)
    }
}

/// A chart.
public struct Chart: Sendable {
    /// Its identifier in the page.
    public let id: String
    /// What it shows.
    public let title: String
    /// What its marks mean; empty for nothing to explain.
    public let note: String
    /// The unit of the values.
    public var unit = ValueUnit.plain
    /// The curves; those without points are not drawn.
    public let curves: [Curve]

    /// A chart.
    public init(id: String, title: String, note: String, unit: ValueUnit = .plain, curves: [Curve]) {
        (self.id, self.title, self.note) = (id, title, note)
        (self.unit, self.curves) = (unit, curves)
    }

    /// Whether there is anything to draw.
    public var isEmpty: Bool { curves.allSatisfy(\.points.isEmpty) }
}

/// Charts under one heading.
public struct ChartSection: Sendable {
    /// The identifier of the heading.
    public let id: String
    /// The heading.
    public let title: String
    /// What holds for all its charts; empty for nothing.
    public let note: String
    /// The charts.
    public let charts: [Chart]

    /// A section.
    public init(id: String, title: String, note: String, charts: [Chart]) {
        (self.id, self.title, self.note, self.charts) = (id, title, note, charts)
    }
}
