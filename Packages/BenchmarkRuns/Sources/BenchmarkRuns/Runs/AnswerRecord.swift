// One line of answers.jsonl.
internal import Foundation

/// One answer as a run stores it.
public struct AnswerRecord: Codable, Sendable, Equatable {
    /// The set's name.
    public var set: String
    /// The row's id in its set.
    public var id: String
    /// The rotation of its options; 0 where there are none.
    public var rotation: Int
    /// The number of the answer to its question, from 0.
    public var sample: Int
    /// The raw text.
    public var text: String
    /// Tokens of the answer.
    public var tokens: Int
    /// `stop` or `length`.
    public var finishReason: String
    /// SHA-256 of the prompt.
    public var promptSHA256: String
    /// SHA-256 of the pixels; empty without pictures.
    public var pixelsSHA256: String
    /// Width and height of the plane of answered boxes; nil when it is not known.
    public var boxPlane: [Double]?

    init(_ answer: ModelAnswer, to place: AnswerPlace) {
        (set, id, rotation, sample) = (place.set, place.id, place.rotation, place.sample)
        (text, tokens, finishReason) = (answer.text, answer.tokens, answer.finishReason)
        (promptSHA256, pixelsSHA256, boxPlane) = (answer.promptHash, answer.pixelHash, answer.boxPlane)
    }

    /// Which answer this is.
    public var place: AnswerPlace {
        AnswerPlace(set: set, id: id, rotation: rotation, sample: sample)
    }
}

/// Which answer of a run: set, row, rotation, sample.
public struct AnswerPlace: Hashable, Sendable, CustomStringConvertible {
    /// The set's name.
    public let set: String
    /// The row's id in its set.
    public let id: String
    /// The rotation of its options.
    public let rotation: Int
    /// The number of the answer.
    public let sample: Int

    /// A place.
    public init(set: String, id: String, rotation: Int, sample: Int) {
        (self.set, self.id, self.rotation, self.sample) = (set, id, rotation, sample)
    }

    /// As messages name it.
    public var description: String { "set \(set), id \(id), rotation \(rotation), sample \(sample)" }
}

extension JSONEncoder {
    /// The encoder of a run's lines: keys in one order, so that equal answers are equal bytes.
    static func forRecords() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
