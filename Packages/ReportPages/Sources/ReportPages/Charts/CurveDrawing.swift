// One curve as SVG.

/// Draws curves between two scales.
struct CurveDrawing {
    /// The scale of the steps and that of the values.
    let across, up: ChartScale

    /// The curve.
    func drawn(_ curve: Curve) -> Markup {
        guard let first = curve.points.first else { return "" }
        let isDashed = curve.color >= colorCount
        let style = "\(colorClass(curve.color))\(isDashed ? " dashed" : "")"
        let line: Markup =
            curve.points.count > 1
            ? "<path class=\"line\" d=\"\(path(curve.points.map { ($0.step, $0.value) }))\"/>"
            // A line through one point is seen as a dot.
            : "<circle class=\"dot\" cx=\"\(x(first.step))\" cy=\"\(y(first.value))\" r=\"3\"/>"
        switch curve.form {
        case .line: return "<g class=\"\(style)\">\(band(curve.points))\(line)</g>"
        case .faint: return "<g class=\"\(style) faint\">\(line)</g>"
        case .stacked: return "<g class=\"\(style) stacked\">\(band(curve.points))</g>"
        case .circles, .diamonds:
            // Several curves have bars at one step: each is moved by a little, so that none hides another.
            let shift = decimal(min(8, 2 * Double(curve.color)), 0)
            return
                "<g class=\"\(style) marked\" transform=\"translate(\(shift) 0)\">\(line)\(curve.points.map { mark($0, curve.form) })</g>"
        }
    }

    private func x(_ step: Double) -> String { decimal(across.place(step), 1) }
    private func y(_ value: Double) -> String { decimal(up.place(value), 1) }

    private func path(_ places: [(Double, Double)]) -> String {
        "M" + places.map { "\(x($0.0)) \(y($0.1))" }.joined(separator: "L")
    }

    /// The area between the ends of the ranges.
    private func band(_ points: [CurvePoint]) -> Markup {
        let ranges = points.compactMap { point in
            point.low.flatMap { low in point.high.map { (point.step, low, $0) } }
        }
        guard ranges.count > 1 else { return "" }
        let edge = ranges.map { ($0.0, $0.2) } + ranges.reversed().map { ($0.0, $0.1) }
        return "<path class=\"band\" d=\"\(path(edge))Z\"/>"
    }

    /// A circle or a diamond with its bar of error.
    private func mark(_ point: CurvePoint, _ form: Curve.Form) -> Markup {
        let (px, py) = (across.place(point.step), up.place(point.value))
        var bar: Markup = ""
        if let low = point.low, let high = point.high {
            bar = "<path class=\"bar\" d=\"M\(x(point.step)) \(y(low))V\(y(high))\"/>"
        }
        guard form == .diamonds else {
            return "\(bar)<circle class=\"mark\" cx=\"\(x(point.step))\" cy=\"\(y(point.value))\" r=\"3.2\"/>"
        }
        let corners = [(0.0, -4.4), (4.4, 0), (0, 4.4), (-4.4, 0)].map { dx, dy in
            "\(decimal(px + dx, 1)) \(decimal(py + dy, 1))"
        }
        return "\(bar)<path class=\"mark\" d=\"M\(corners.joined(separator: "L"))Z\"/>"
    }
}

/// How many colors the style has; curves beyond them are dashed.
public let colorCount = 8

/// The class of a color.
public func colorClass(_ color: Int) -> String { "c\(color % colorCount)" }
