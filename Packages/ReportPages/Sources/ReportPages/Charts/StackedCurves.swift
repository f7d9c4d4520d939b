// Areas on top of each other.

/// The curves with those that are stacked put on each other: their ranges are the areas.
func stacked(_ curves: [Curve]) -> [Curve] {
    var base: [Double] = []
    return curves.map { curve in
        guard curve.form == .stacked else { return curve }
        if base.count != curve.points.count { base = Array(repeating: 0, count: curve.points.count) }
        let points = curve.points.enumerated().map { index, point in
            CurvePoint(
                step: point.step, value: point.value, low: base[index], high: base[index] + point.value)
        }
        base = points.map { $0.high ?? 0 }
        return Curve(name: curve.name, color: curve.color, form: curve.form, points: points)
    }
}
