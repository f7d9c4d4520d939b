// Curves of the series of a run.
internal import ReportPages

extension Curve {
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
