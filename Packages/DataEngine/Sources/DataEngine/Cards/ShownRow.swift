// One row as a page shows it: its pictures with boxes, and its texts.
internal import Foundation
internal import Rewards
internal import StrictJSON
internal import Tokenizer
internal import TrainingData

/// A row ready to be shown.
struct ShownRow: Sendable {
    let sample: Sample
    let pictures: [EmbeddedPicture]
    let boxes: [Box]
    let labels: [String]

    /// Reads the pictures of a row, at most `side` pixels long in the page.
    ///
    /// - Throws: ``DataEngineError/badLine(location:problem:)``.
    init(_ row: DataRow, side: Int) throws {
        sample = row.sample
        pictures = try (0..<row.sample.imageCount).map { try EmbeddedPicture(row.sample, $0, side: side) }
        guard let first = pictures.first else {
            (boxes, labels) = ([], [])
            return
        }
        var sample = row.sample
        if sample.boxes == nil, sample.task == .grounding {
            sample.boxes = sample.solutions.flatMap { readBoxes(in: $0) }
        }
        boxes = sample.boxesInPixels(width: Double(first.width), height: Double(first.height)) ?? []
        if case .array(let references)? = try row.json["objects"]?["ref"] {
            labels = references.compactMap(\.text)
        } else {
            labels = []
        }
    }

    /// The row as HTML; `data-task` names its task.
    var html: String {
        var text =
            "<div class=\"name\">\(escaped(sample.location)) · \(escaped(sample.id)) · \(escaped(sample.task.rawValue))"
        text += sample.source.isEmpty ? "</div>" : " · \(escaped(sample.source))</div>"
        for turn in sample.chatMessages {
            let words = turn.content.map { part in
                switch part {
                case .text(let text): text
                case .image: "<image>"
                case .video: "<video>"
                }
            }
            text += "<b>\(turn.role.rawValue)</b>: \(escaped(words.joined()))\n"
        }
        if let options = sample.options {
            text += "<b>options</b>: \(escaped(options.joined(separator: " | ")))\n"
        }
        if !sample.solutions.isEmpty {
            text += "<b>gold</b>: \(escaped(sample.solutions.joined(separator: " | ")))\n"
        }
        let shown = pictures.enumerated().map { index, picture in
            index == 0 ? picture.svg(boxes, labels: labels) : picture.svg([])
        }
        return "<div class=\"row\" data-task=\"\(escaped(sample.task.rawValue))\">"
            + shown.joined() + "<div class=\"text\">\(text)</div></div>\n"
    }
}
