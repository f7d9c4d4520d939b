// Gold boxes against their pictures: outside, beyond the edge, in another unit than declared.
internal import Foundation
internal import Rewards
internal import StrictJSON
internal import TrainingData

/// A problem with a box, before file and line are known.
struct BoxProblem {
    let kind: Finding.Kind
    let key: String
    let problem: String
    let advice: String
}

/// The gold boxes of one row.
struct BoxCheck {
    /// Edges beyond the picture by no more than this are rounding.
    private static let tolerance = 1.0
    /// The key that gives the boxes.
    private let key: String
    private let unit: String
    /// Boxes in the unit that the row declares.
    private let boxes: [Box]
    private let sizes: [(width: Double, height: Double)]
    private let row: Sample

    /// The boxes of a row; nil when it has none or no usable picture.
    init?(_ row: DataRow, sizes: [(width: Double, height: Double)]) throws {
        let sample = row.sample
        guard !sizes.isEmpty else { return nil }
        if let boxes = sample.boxes, !boxes.isEmpty {
            (self.boxes, key) = (boxes, "objects.bbox")
        } else if sample.task == .grounding {
            (boxes, key) = (sample.solutions.flatMap { readBoxes(in: $0) }, "solution")
        } else {
            return nil
        }
        guard !boxes.isEmpty else { return nil }
        unit = try row.json["objects"]?["bbox_type"]?.text ?? "real"
        (self.sizes, self.row) = (sizes, sample)
    }

    /// What is wrong with the boxes of this row.
    var problems: [BoxProblem] {
        var problems: [BoxProblem] = []
        if let problem = unitProblem { problems.append(problem) } else { problems += placeProblems }
        if key == "objects.bbox", let problem = difference { problems.append(problem) }
        return problems
    }

    /// Adds the boxes in pixels to what is known of the whole file.
    func add(to units: inout BoxUnits) {
        guard unit == "real", let size = sizes.first, sizes.count == 1 else { return }
        for box in boxes { units.add(box, size, source: row.source, line: row.line) }
    }

    /// Boxes of a share of a pixel, or of a thousandth, are shares of the sides.
    private var unitProblem: BoxProblem? {
        guard unit != "norm1", boxes.allSatisfy({ max(abs($0.x1), abs($0.y1), abs($0.x2), abs($0.y2)) <= 1 })
        else { return nil }
        let declared = unit == "real" ? "pixels (real)" : "thousandths (norm1000)"
        return BoxProblem(
            kind: .boxUnit, key: key, problem: "no edge is above 1, but the unit is \(declared)",
            advice: "give \"bbox_type\": \"norm1\" if these are shares of the picture's sides")
    }

    private var placeProblems: [BoxProblem] {
        boxes.enumerated().compactMap { index, box in
            let beyond = sizes.map { reach(of: box, beyond: $0) }
            // With several pictures a box may be one of any of them.
            guard let least = beyond.min(), least.pixels > Self.tolerance || least.isOutside else {
                return nil
            }
            let place = key == "solution" ? key : "\(key)[\(index)]"
            let edges = [box.x1, box.y1, box.x2, box.y2].map(short).joined(separator: ", ")
            let size = sizes.map { "\(Int($0.width)) x \(Int($0.height))" }.joined(separator: ", ")
            return BoxProblem(
                kind: least.isOutside ? .boxOutside : .boxBeyond, key: place,
                problem:
                    "[\(edges)] \(least.isOutside ? "is outside" : "reaches beyond") the picture of \(size) "
                    + "pixels" + (unit == "real" ? "" : " (\(unit))"),
                advice: "correct the box, or give its unit as \"bbox_type\"")
        }
    }

    /// How far a box reaches beyond a picture.
    private struct Beyond: Comparable {
        let pixels: Double
        let isOutside: Bool
        static func < (a: Beyond, b: Beyond) -> Bool {
            (a.isOutside ? 1 : 0, a.pixels) < (b.isOutside ? 1 : 0, b.pixels)
        }
    }

    private func reach(of box: Box, beyond size: (width: Double, height: Double)) -> Beyond {
        var sample = row
        sample.boxes = [box]
        let pixels = sample.boxesInPixels(width: size.width, height: size.height)?.first ?? box
        let (left, right) = (min(pixels.x1, pixels.x2), max(pixels.x1, pixels.x2))
        let (top, bottom) = (min(pixels.y1, pixels.y2), max(pixels.y1, pixels.y2))
        return Beyond(
            pixels: max(-left, -top, right - size.width, bottom - size.height),
            isOutside: left >= size.width || top >= size.height || right <= 0 || bottom <= 0)
    }

    /// Boxes in the gold text that are not those of `objects`.
    private var difference: BoxProblem? {
        guard row.task == .grounding, row.solutions.count == 1 else { return nil }
        let golds = readBoxes(in: row.solutions[0])
        guard golds.count == boxes.count else { return nil }
        let allowed = unit == "norm1" ? 0.01 : Self.tolerance
        let differs = zip(golds, boxes).contains { gold, box in
            max(abs(gold.x1 - box.x1), abs(gold.y1 - box.y1), abs(gold.x2 - box.x2), abs(gold.y2 - box.y2))
                > allowed
        }
        guard differs else { return nil }
        return BoxProblem(
            kind: .boxDiffers, key: "solution",
            problem: "its boxes are not those of \"objects.bbox\", which the reward uses",
            advice: "correct one of them, or remove \"objects\"")
    }
}

/// A number with at most three digits after the point.
private func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : String(format: "%.3g", value)
}
