// What the tokens of a text are to a model, apart from their order: distinct ids with counts, and their rows of the
// input embedding table, as it was when training began, made one unit long.
internal import Synchronization

/// A frozen input embedding table with the tokenizer that it belongs to.
///
/// The rows must not change during a run: a table that trains along could be bent until all tokens look alike.
public protocol EmbeddingTable: Sendable {
    /// The tokens of a text, without special tokens.
    func ids(_ text: String) -> [TokenID]
    /// The row of a token that `ids` returned: `dimension` numbers, not normalised.
    func row(_ id: TokenID) -> [Float]
    /// The length of a row.
    var dimension: Int { get }
}

/// Distinct tokens in the order of their first occurrence, with how often each occurs.
public struct TokenBag: Sendable, Equatable {
    /// The distinct tokens.
    public private(set) var ids: [TokenID] = []
    /// How often each of `ids` occurs, at least once.
    public private(set) var counts: [Int] = []
    /// Tokens in all, repeated ones repeated.
    public let count: Int

    /// The bag of these tokens.
    public init(_ tokens: [TokenID]) {
        count = tokens.count
        var places: [TokenID: Int] = [:]
        for token in tokens {
            if let place = places[token] {
                counts[place] += 1
            } else {
                places[token] = ids.count
                ids.append(token)
                counts.append(1)
            }
        }
    }
}

/// Texts to tokens, and tokens to rows of unit length.
///
/// A row is normalised when its token first occurs, and kept; a table of 151,936 rows is never normalised as a whole.
/// Any number of threads may ask.
public final class TokenEmbeddings: Sendable {
    private let table: any EmbeddingTable
    private let capacity: Int
    private let kept = Mutex<[TokenID: [Float]]>([:])

    /// Embeddings over a frozen table.
    ///
    /// - Parameters:
    ///   - table: The table and its tokenizer.
    ///   - capacity: Rows kept, at least 1; when there are more, they start afresh. 8,192 rows of 2,048 take 64 MiB.
    public init(_ table: any EmbeddingTable, keeping capacity: Int = 8192) {
        guard capacity > 0 else { fatalError("TokenEmbeddings: \(capacity) rows cannot be kept") }
        (self.table, self.capacity) = (table, capacity)
    }

    /// The length of a row.
    public var dimension: Int { table.dimension }

    /// The tokens of a text, without special tokens.
    public func ids(_ text: String) -> [TokenID] { table.ids(text) }

    /// Rows of unit length, one after another.
    ///
    /// - Parameter ids: Tokens that `ids` returned; a `TokenBag` has each once.
    /// - Returns: `[ids, dimension]`; a row of zeros stays zero.
    /// - Throws: `TokenizerError.badEmbedding` for a row that is not finite or has another length.
    public func unitRows(_ ids: [TokenID]) throws -> [Float] {
        var rows: [Float] = []
        rows.reserveCapacity(ids.count * dimension)
        for id in ids { rows += try unitRow(id) }
        return rows
    }

    private func unitRow(_ id: TokenID) throws -> [Float] {
        if let row = kept.withLock({ $0[id] }) { return row }
        var row = table.row(id)
        guard row.count == dimension else {
            throw TokenizerError.badEmbedding(
                token: id, reason: "\(row.count) numbers instead of \(dimension)")
        }
        let norm = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm.isFinite else { throw TokenizerError.badEmbedding(token: id, reason: "not finite") }
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
