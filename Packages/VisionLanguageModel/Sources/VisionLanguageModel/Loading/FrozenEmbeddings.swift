// The input embedding table as it is now, kept apart from training, for similarities of texts.
public import Basics
internal import TensorMath
public import Tokenizer

extension LoadedModel {
    /// The input embedding table as it is at this moment; later changes of the weights do not reach it.
    ///
    /// Costs nothing until training changes the table, which then is copied once.
    ///
    /// - Parameters:
    ///   - dtype: The type that the run computes in, in which the table is kept.
    ///   - capacity: Normalised rows kept in memory.
    /// - Returns: Tokens of texts, and their rows.
    public func tokenEmbeddings(dtype: DType = .float32, keeping capacity: Int = 8192) -> TokenEmbeddings {
        let rows = model.text.embedding.weight.value.converted(to: dtype)
        return TokenEmbeddings(FrozenTable(tokenizer: processor.tokenizer, rows: rows), keeping: capacity)
    }
}

private struct FrozenTable: EmbeddingTable {
    let tokenizer: Tokenizer
    let rows: Tensor

    var dimension: Int { rows.columnCount }
    func ids(_ text: String) -> [TokenID] { tokenizer.encode(text, specialTokens: .asText) }
    func row(_ id: TokenID) -> [Float] { rows.gatherRows([Int(id)]).elements }
}
