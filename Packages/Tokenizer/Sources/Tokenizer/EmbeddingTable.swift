// The input embedding table of a model, as text similarity reads it.

/// A frozen input embedding table with the tokenizer that it belongs to.
///
/// The rows must not change during a run: training could otherwise make all tokens look alike.
public protocol EmbeddingTable: Sendable {
    /// The tokens of a text, without special tokens.
    func ids(_ text: String) -> [TokenID]
    /// The row of a token that `ids` returned: `dimension` numbers, not normalized.
    func row(_ id: TokenID) -> [Float]
    /// The length of a row.
    var dimension: Int { get }
}
