// What answers questions: a checkpoint on the engine, or a server.
public import Benchmarks
internal import Checkpoint
public import StrictJSON

/// One question as a model gets it.
public struct ModelQuestion: Sendable {
    /// The row.
    public let row: BenchmarkRow
    /// Its prompt in the style of the run.
    public let prompt: BenchmarkPrompt
    /// Identifies the question to the random number generator: a function of set, row and rotation alone.
    public let number: UInt64

    /// A question.
    public init(_ row: BenchmarkRow, prompt: BenchmarkPrompt, number: UInt64) {
        (self.row, self.prompt, self.number) = (row, prompt, number)
    }
}

extension BenchmarkRow {
    /// Identifies the row of a set to the random number generator.
    func randomNumber(in set: String) -> UInt64 {
        let hash = sha256(Array("\(set)\n\(id)\n\(rotation)".utf8))
        return UInt64(hash.prefix(16), radix: 16) ?? 0
    }
}

/// How the questions of one set are answered.
public struct AnswerSettings: Codable, Sendable, Equatable {
    /// Divides the logits; 0 is greedy.
    public var temperature = 0.0
    /// Sample from the tokens that reach this probability, in (0, 1].
    public var topP = 1.0
    /// Answers to each question, at least 1.
    public var samples = 1
    /// The most tokens of an answer, the end token included.
    public var maxNewTokens = 2048
    /// Texts that end an answer, which ends before them.
    public var stop: [String] = []
    /// The fewest and most pixels of a picture after resizing; nil leaves it to the checkpoint.
    public var minPixels: Int?, maxPixels: Int?
    /// The most tiles of a picture and of all pictures of a row (InternVL); nil leaves it to the checkpoint.
    public var maxTiles: Int?, maxTilesOfRow: Int?
    /// Seed of the random numbers.
    public var seed: UInt64 = 0

    /// The defaults: greedy, one answer.
    public init() {}
}

/// One answer of a model, and what the model saw.
public struct ModelAnswer: Sendable, Equatable {
    /// The text, without special tokens.
    public var text: String
    /// Tokens of the answer; for a server, which gives the sum of several answers, an equal share of it, and 0 where it
    /// gives none.
    public var tokens: Int
    /// `stop` or `length`.
    public var finishReason: String
    /// SHA-256 of what the model read: token ids as little-endian 32-bit words for a checkpoint, the request's messages
    /// without pictures for a server.
    public var promptHash: String
    /// SHA-256 of the pixel values of the pictures for a checkpoint, of the files' bytes for a server; empty without
    /// pictures.
    public var pixelHash: String
    /// Width and height of the plane that the model writes the boxes of the first picture in; nil without pictures, or
    /// when it is not known.
    public var boxPlane: [Double]?

    /// An answer.
    public init(
        text: String, tokens: Int, finishReason: String, promptHash: String, pixelHash: String,
        boxPlane: [Double]? = nil
    ) {
        (self.text, self.tokens, self.finishReason) = (text, tokens, finishReason)
        (self.promptHash, self.pixelHash, self.boxPlane) = (promptHash, pixelHash, boxPlane)
    }
}

/// A model that answers questions.
///
/// Answers depend on the question and the settings alone, not on the questions beside it.
public protocol AnsweringModel {
    /// What a manifest says about the model: everything of it that can change an answer.
    var manifest: JSONObject { get }

    /// Answers questions.
    ///
    /// - Parameters:
    ///   - questions: The questions.
    ///   - settings: How they are answered.
    /// - Returns: For each question its `settings.samples` answers.
    /// - Throws: What reading pictures or answering throws, naming the row; `Interruption.Stopped`.
    func answers(to questions: [ModelQuestion], _ settings: AnswerSettings) throws -> [[ModelAnswer]]
}
