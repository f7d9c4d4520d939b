// Boxes of an answer in pixels of the picture that was sent.
internal import Rewards
internal import StrictJSON
internal import TrainingData
internal import VisionLanguageModel

/// The boxes in an answer, for the member `r1` of a reply.
///
/// - Parameters:
///   - text: The answer.
///   - choice: Its index.
///   - pictures: The pictures of the conversation; boxes are on the last one.
/// - Returns: An object for each box: `original` in pixels of the picture, `resized` in the model's coordinates (pixels
///   after the resize, or thousandths), `normalized` from 0 to 1.
func boxes(in text: String, choice: Int, pictures: [VisionInput]) -> [OrderedJSON] {
    guard let picture = pictures.last else { return [] }
    let found = readBoxes(in: text)
    let labels = labels(in: text)
    let (width, height) = (Double(picture.originalSize.width), Double(picture.originalSize.height))
    let space = AnswerBoxSpace(width: picture.answerBoxSize.width, height: picture.answerBoxSize.height)
    return found.enumerated().map { index, box in
        let original = space.original(box, imageSize: (width, height))
        var members: [OrderedJSON.Member] = [
            .init(key: "choice", value: .int(choice)),
            .init(key: "image", value: .int(pictures.count - 1)),
            .init(key: "original", value: edges(original, 1, 1)),
            .init(key: "resized", value: edges(box, 1, 1)),
            .init(key: "normalized", value: edges(original, width, height)),
        ]
        if labels.count == found.count, let label = labels[index] {
            members.append(.init(key: "label", value: .string(label)))
        }
        return .object(members)
    }
}

private func edges(_ box: Box, _ width: Double, _ height: Double) -> OrderedJSON {
    .array([box.x1 / width, box.y1 / height, box.x2 / width, box.y2 / height].map { .decimal($0) })
}

/// The labels of an answer that is a JSON list of boxes, with or without a fence around it.
private func labels(in text: String) -> [String?] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.first?.hasPrefix("```") == true, lines.last?.hasPrefix("```") == true, lines.count > 2 {
        lines = lines.dropFirst().dropLast()
    }
    // An answer in words has no labels.
    guard let value = try? OrderedJSON(parsing: Array(lines.joined(separator: "\n").utf8)),
        case .array(let items) = value
    else { return [] }
    return items.map { $0["label"]?.text }
}
