// A snapshot of the input embedding table, unaffected by training, for text similarity.
public import Basics
internal import TensorMath
public import Tokenizer

extension LoadedModel {
    /// A snapshot of the input embedding table; later changes to the weights do not affect it.
    ///
    /// Costs nothing until training changes the table, which is then copied once.
    ///
    /// - Parameter dtype: The run's compute type, in which the table is stored.
    /// - Returns: Converts texts to tokens, and tokens to rows.
    public func embeddingTable(dtype: DType = .float32) -> any EmbeddingTable {
        let value = model.text.embedding.weight.value
        // Rows of a table in bfloat16 are widened when they are read.
        let rows = value.dtype == .bfloat16 ? value : value.converted(to: dtype)
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
