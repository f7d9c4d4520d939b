// Curves of long runs: means of buckets, so that a page stays small.
internal import ReportPages

/// The most points of a curve.
let mostCurvePoints = 600

/// The points, or the means of buckets of as equal size as possible when there are more than `limit`.
func thinned(_ points: [CurvePoint], to limit: Int = mostCurvePoints) -> [CurvePoint] {
    guard points.count > limit else { return points }
    return (0..<limit).map { index in
        let start = index * points.count / limit
        return average(points[start..<(index + 1) * points.count / limit])
    }
}

private func average(_ points: ArraySlice<CurvePoint>) -> CurvePoint {
    func averageRange(_ side: (CurvePoint) -> Double?) -> Double? {
        let values = points.compactMap(side)
        return values.isEmpty ? nil : mean(values)
    }
    return CurvePoint(
        step: mean(points.map(\.step)), value: mean(points.map(\.value)), low: averageRange(\.low),
        high: averageRange(\.high))
}

/// How a page says what the curves of metrics are; empty where they are the steps themselves.
func curveNote(stepCount: Int, hasSteps: Bool = true) -> String {
    var parts: [String] = []
    let width = MovingMean(for: stepCount, least: 1).width
    if width > 1 {
        parts.append(
            "Lines are means over \(width) steps"
                + (hasSteps
                    ? "; in charts of one or two of them the pale lines are the steps themselves." : "."))
    }
    if stepCount > mostCurvePoints {
        parts.append(
            "Curves have \(mostCurvePoints) points; each is the mean of about \(stepCount / mostCurvePoints) steps."
        )
    }
    return parts.joined(separator: " ")
}
