// What the server knows of the model that the engine runs.
internal import ConstrainedOutput
internal import Tokenizer
public import VisionLanguageModel

/// The model behind a server, apart from its weights.
public struct ServedModel: Sendable {
    /// The name in requests and replies.
    public var id: String
    /// What identifies the weights, in `system_fingerprint`.
    public var fingerprint: String
    /// Which of several checkpoints it is, such as `step-000100`.
    public var version: String
    /// Counts the models that an engine's thread has had.
    var number = 0
    /// Makes prompts.
    public var processor: Processor
    /// The checkpoint's sampling options, for requests that name none.
    public var defaults: SamplingOptions
    /// The most tokens of prompt and answer together; nil for no limit.
    public var maxPositions: Int?
    /// One more than the largest token id.
    public var vocabularySize: Int
    /// The tokens that end an answer.
    public var endIDs: [Int32]
    /// Compiled schemas.
    public let grammars: GrammarStore

    /// Describes a model.
    ///
    /// - Parameters:
    ///   - id: The name in requests and replies.
    ///   - fingerprint: What identifies the weights.
    ///   - version: Which of several checkpoints it is.
    ///   - processor: Makes prompts.
    ///   - defaults: Sampling options of requests that name none.
    ///   - maxPositions: The most tokens of prompt and answer together.
    ///   - vocabularySize: One more than the largest token id.
    ///   - endIDs: The tokens that end an answer.
    public init(
        id: String, fingerprint: String, version: String, processor: Processor, defaults: SamplingOptions,
        maxPositions: Int?, vocabularySize: Int, endIDs: [Int32]
    ) {
        (self.id, self.fingerprint, self.version, self.processor) = (id, fingerprint, version, processor)
        (self.defaults, self.maxPositions) = (defaults, maxPositions)
        (self.vocabularySize, self.endIDs) = (vocabularySize, endIDs)
        let tokenizer = processor.tokenizer
        let tokens = TokenBytes(idCount: vocabularySize, endIDs: endIDs) { id in
            // A special token has no text of its own.
            tokenizer.decode([id], skipSpecialTokens: true).isEmpty ? nil : tokenizer.bytes(of: id)
        }
        grammars = GrammarStore(tokens)
    }
}
