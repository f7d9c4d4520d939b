// The boxes that a page draws over a picture, and in which plane their numbers are.
internal import Foundation
internal import ReportPages
internal import StrictJSON

/// Boxes over a picture.
struct PlacedBoxes: Equatable {
    /// The boxes.
    let boxes: [Box]
    /// The width and height of the plane; nil for the pixels of the picture.
    let plane: [Double]?

    /// The gold boxes of a question, in pixels of the picture.
    init(goldsOf question: AskedQuestion) {
        boxes = question.goldBoxes ?? question.golds.flatMap(Box.all)
        plane = nil
    }

    /// The boxes that the reward read in an answer; none when it could not read the answer.
    ///
    /// The reward states up to four boxes in pixels of the picture. For more, the numbers of the answer are used, which
    /// are in the plane of the model.
    init(_ answer: GivenAnswer, _ question: AskedQuestion) {
        guard answer.status == "ok" else {
            (boxes, plane) = ([], nil)
            return
        }
        if let detail = answer.detail, !detail.hasSuffix(" more") {
            (boxes, plane) = (Box.all(in: detail), nil)
        } else {
            let start = answer.text.range(of: "</think>")?.upperBound ?? answer.text.startIndex
            (boxes, plane) = (Box.all(in: String(answer.text[start...])), question.boxSpace)
        }
    }

    /// The boxes for the script; null without any.
    var json: OrderedJSON {
        guard !boxes.isEmpty else { return .null }
        return .members([
            "edges": .array(boxes.map { .array($0.edges.map { .value($0) }) }),
            "plane": plane.map { .array($0.map { .value($0) }) } ?? .null,
        ])
    }
}

extension AskedQuestion {
    /// Whether boxes are drawn over its picture.
    var hasBoxes: Bool { (task == "grounding" || goldBoxes != nil) && !pictures.isEmpty }
}
