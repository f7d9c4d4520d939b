// The boxes of a whole file: those of one row never prove another unit, those of many can.
internal import Foundation
internal import TrainingData

/// Boxes in pixels, by the source of their rows.
struct BoxUnits {
    /// The chance that is still taken for chance.
    private static let leastEvidence = log(1e6)

    private struct Boxes {
        var count = 0, outside = 0, firstLine = 0
        var mostEdge = 0.0
        /// The logarithm of the odds against no edge above 1000 if boxes were pixels anywhere in their pictures.
        var evidence = 0.0
    }

    private var sources: [String: Boxes] = [:]

    /// Adds a box.
    mutating func add(_ box: Box, _ size: (width: Double, height: Double), source: String, line: Int) {
        var boxes = sources[source] ?? Boxes(firstLine: line)
        boxes.count += 1
        if max(box.x1, box.x2) > size.width + 1 || max(box.y1, box.y2) > size.height + 1 {
            boxes.outside += 1
        }
        boxes.mostEdge = max(boxes.mostEdge, box.x1, box.y1, box.x2, box.y2)
        boxes.evidence += max(0, log(size.width / 1000)) + max(0, log(size.height / 1000))
        sources[source] = boxes
    }

    /// A problem for each source whose boxes are thousandths: its first line with a box, and the words.
    var problems: [(line: Int, problem: BoxProblem)] {
        sources.sorted { $0.key < $1.key }.compactMap { source, boxes in
            guard boxes.mostEdge <= 1000, boxes.mostEdge > 1 else { return nil }
            let name = source.isEmpty ? "this file" : "source \(source)"
            let isOutside = boxes.count >= 10 && boxes.outside * 10 >= boxes.count
            let text: String
            if isOutside {
                text =
                    "\(boxes.outside) of \(boxes.count) boxes of \(name) reach beyond their pictures, and no edge is "
                    + "above 1000"
            } else if boxes.evidence > Self.leastEvidence {
                text =
                    "no edge of the \(boxes.count) boxes of \(name) is above 1000, though pictures are larger"
            } else {
                return nil
            }
            return (
                boxes.firstLine,
                BoxProblem(
                    kind: .boxUnit, key: "objects.bbox_type", problem: text,
                    advice: "give \"bbox_type\": \"norm1000\" if these are thousandths of the picture's sides"
                )
            )
        }
    }
}
