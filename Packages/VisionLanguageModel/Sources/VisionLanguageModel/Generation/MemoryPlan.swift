// The memory that an engine will need, known before a model is loaded.
public import Basics
public import ModelFamilies
internal import TensorMath

/// The bytes that answering takes; activations of a step come on top, some megabytes for each thousand tokens.
public struct MemoryPlan: Sendable, Equatable {
    /// Bytes of the weights.
    public let weights: Int
    /// Bytes of keys and values, in whole pages.
    public let cache: Int
    /// Bytes of the pictures' features.
    public let features: Int
    /// All together.
    public let total: Int

    /// Plans the memory of sequences that share nothing.
    ///
    /// - Parameters:
    ///   - configuration: The model.
    ///   - weights: The bytes of its weights.
    ///   - compute: The type of its products, keys and values.
    ///   - sequences: Sequences at the same time.
    ///   - tokens: Tokens of each, prompt and answer.
    ///   - pictureTokens: Tokens of the pictures whose features are kept.
    /// - Throws: `ModelError.badPrompt` for sizes whose bytes are beyond 64 bits.
    public init(
        _ configuration: ModelConfiguration, weights: Int, compute: DType, sequences: Int, tokens: Int,
        pictureTokens: Int
    ) throws {
        let text = configuration.text
        let pages = (tokens - 1) / PagedCache.pageTokens + 1
        let rows = [sequences, pages, PagedCache.pageTokens].productIfFits
        let cache = rows.flatMap {
            KeyValueCache.byteCount(
                layerTypes: Array(repeating: compute, count: text.layerCount),
                columnCount: text.keyHeadCount * text.headSize, rowCount: $0)
        }
        let features = [pictureTokens, text.hiddenSize, MemoryLayout<Float>.size].productIfFits
        guard let cache, let features, let total = [weights, cache, features].sumIfFits else {
            throw ModelError.badPrompt(
                "\(sequences) sequences of \(tokens) tokens need more memory than any machine has: plan fewer"
            )
        }
        (self.weights, self.cache, self.features, self.total) = (weights, cache, features, total)
    }
}
