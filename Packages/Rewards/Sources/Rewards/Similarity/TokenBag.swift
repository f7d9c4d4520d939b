// The tokens of a text apart from their order.
import Tokenizer

/// Distinct tokens in the order of their first occurrence, with how often each occurs.
struct TokenBag: Sendable, Equatable {
    /// The distinct tokens.
    private(set) var ids: [TokenID] = []
    /// How often each of `ids` occurs, at least once.
    private(set) var counts: [Int] = []
    /// Tokens in all, repeated ones repeated.
    let count: Int

    /// The bag of these tokens.
    init(_ tokens: [TokenID]) {
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
