// The input embedding table as it is now, kept apart from training, for similarities of texts.
public import Basics
internal import TensorMath
public import Tokenizer

extension LoadedModel {
    /// The input embedding table as it is at this moment; later changes of the weights do not reach it.
    ///
    /// Costs nothing until training changes the table, which then is copied once.
    ///
    /// - Parameter dtype: The type that the run computes in, in which the table is kept.
    /// - Returns: Tokens of texts, and their rows.
    public func embeddingTable(dtype: DType = .float32) -> any EmbeddingTable {
        let rows = model.text.embedding.weight.value.converted(to: dtype)
        return FrozenTable(tokenizer: processor.tokenizer, rows: rows)
    }
}

private struct FrozenTable: EmbeddingTable {
    let tokenizer: Tokenizer
    let rows: Tensor

    var dimension: Int { rows.columnCount }
    func ids(_ text: String) -> [TokenID] { tokenizer.encode(text, specialTokens: .asText) }
    func row(_ id: TokenID) -> [Float] { rows.gatherRows([Int(id)]).elements }
}
