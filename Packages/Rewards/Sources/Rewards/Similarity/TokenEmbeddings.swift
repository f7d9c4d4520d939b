// Normalized rows of the input embedding table, with a cache.
import Synchronization
import Tokenizer

/// Maps texts to tokens, and tokens to rows of unit length.
///
/// A row is normalized and cached when its token first occurs, so a table of 151,936 rows is never normalized
/// as a whole. Any number of threads can use it.
final class TokenEmbeddings: Sendable {
    private let table: any EmbeddingTable
    private let capacity: Int
    private let kept = Mutex<[TokenID: [Float]]>([:])

    /// Embeddings over a frozen table.
    ///
    /// - Parameters:
    ///   - table: The table and its tokenizer.
    ///   - capacity: Rows in the cache, at least 1; a full cache is cleared. 8,192 rows of 2,048 take 64 MiB.
    init(_ table: any EmbeddingTable, keeping capacity: Int = 8192) {
        guard capacity > 0 else { fatalError("TokenEmbeddings: \(capacity) rows cannot be kept") }
        (self.table, self.capacity) = (table, capacity)
    }

    /// The length of a row.
    var dimension: Int { table.dimension }

    /// The tokens of a text, without special tokens.
    func ids(_ text: String) -> [TokenID] { table.ids(text) }

    /// Rows of unit length, one after another.
    ///
    /// - Parameter ids: Tokens that `ids` returned; a `TokenBag` has each once.
    /// - Returns: `[ids, dimension]`; a row of zeros stays zero.
    /// - Throws: `RewardError.badEmbedding` for a row that is not finite or has another length.
    func unitRows(_ ids: [TokenID]) throws -> [Float] {
        var rows: [Float] = []
        rows.reserveCapacity(ids.count * dimension)
        for id in ids { rows += try unitRow(id) }
        return rows
    }

    private func unitRow(_ id: TokenID) throws -> [Float] {
        if let row = kept.withLock({ $0[id] }) { return row }
        var row = table.row(id)
        guard row.count == dimension else {
            throw RewardError.badEmbedding(
                token: id, reason: "\(row.count) numbers instead of \(dimension)")
        }
        let norm = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm.isFinite else { throw RewardError.badEmbedding(token: id, reason: "not finite") }
        if norm > 0 {
            for index in row.indices { row[index] = Float(Double(row[index]) / norm) }
        }
        let unit = row
        kept.withLock { kept in
            if kept.count >= capacity { kept.removeAll(keepingCapacity: true) }
            kept[id] = unit
        }
        return unit
    }
}
