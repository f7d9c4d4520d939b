// A row with answers, and the planes that its boxes are written in.
import ArgumentParser
import ImageInput
import Rewards
import StrictJSON
import TrainingData
import VisionLanguageModel

/// A row of data with the answers to score.
struct AnsweredRow {
    let sample: Sample
    /// The whole texts of a model.
    let answers: [String]
    /// Whether the row has "answers", a list, rather than one "answer".
    let hasSeveral: Bool

    /// Reads the rows of a file.
    static func read(_ path: String) throws -> [AnsweredRow] {
        try SampleReader.read(path).samples.map { sample in
            switch (sample.extra["answer"], sample.extra["answers"]) {
            case (.string(let text)?, nil):
                return AnsweredRow(sample: sample, answers: [text], hasSeveral: false)
            case (nil, .array(let list)?) where !list.isEmpty:
                let texts = try list.enumerated().map { index, value in
                    guard let text = value.text else {
                        throw sample.fault("answers[\(index)]", expected: "a text", found: value)
                    }
                    return text
                }
                return AnsweredRow(sample: sample, answers: texts, hasSeveral: true)
            case (let value?, nil): throw sample.fault("answer", expected: "a text", found: value)
            case (_, let value?):
                let both = sample.extra["answer"] == nil ? "" : " and no \"answer\" beside it"
                throw sample.fault("answers", expected: "a list of texts\(both)", found: value)
            case (nil, nil):
                throw sample.fault(
                    "answer", expected: "the text to score (or a list, \"answers\")", found: nil)
            }
        }
    }
}

/// A declared plane of box coordinates.
enum BoxPlane: String, ExpressibleByArgument, CaseIterable {
    /// Pixels of the original picture.
    case picture
    /// Thousandths of the picture's width and height.
    case thousandths = "1000"
}

/// What is declared about the coordinates of boxes.
struct BoxPlanes {
    let processor: Processor?
    let plane: BoxPlane?

    /// The sizes that a row's boxes need; empty for the other tasks.
    ///
    /// What is not declared stays unknown: the reward then has the status `error` and says so.
    func context(of sample: Sample) throws -> RewardContext {
        guard sample.task == .grounding else { return RewardContext() }
        let declared = try sample.size("space")
        var context = RewardContext(
            answerBoxSpace: declared.map { AnswerBoxSpace(width: $0.width, height: $0.height) })
        if let size = try sample.size("imageSize") {
            context.imageSize = size
        } else if sample.imageCount > 0 {
            let bytes = Array(try sample.imageData(0))
            let name = "\(sample.location): \(sample.imagePath(0))"
            if let processor {
                let visual = try processor.image(bytes, name: name)
                let (size, plane) = (visual.originalSize, visual.answerBoxSize)
                context.imageSize = (Double(size.width), Double(size.height))
                context.answerBoxSpace =
                    context.answerBoxSpace ?? AnswerBoxSpace(width: plane.width, height: plane.height)
            } else {
                let size = try imageSize(bytes, name: name)
                context.imageSize = (Double(size.width), Double(size.height))
            }
        }
        guard context.answerBoxSpace == nil, let plane, let size = context.imageSize else { return context }
        context.answerBoxSpace =
            switch plane {
            case .picture: AnswerBoxSpace(width: size.width, height: size.height)
            case .thousandths: AnswerBoxSpace(width: 1000, height: 1000)
            }
        return context
    }
}

extension Sample {
    fileprivate func fault(_ key: String, expected: String, found: JSONValue?) -> DataError {
        .badRow(location: location, key: key, expected: expected, found: found?.summary ?? "nothing")
    }

    /// A size `[width, height]` among the row's extra keys.
    fileprivate func size(_ key: String) throws -> (width: Double, height: Double)? {
        guard let value = extra[key], value != .null else { return nil }
        let sides = value.elements?.compactMap(\.double) ?? []
        guard sides.count == 2, value.elements?.count == 2, sides.allSatisfy({ $0 > 0 }) else {
            throw fault(key, expected: "[width, height], both above 0", found: value)
        }
        return (sides[0], sides[1])
    }
}
