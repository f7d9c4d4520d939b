// The tokens of a text without their order.
import Tokenizer

/// Distinct tokens in the order of their first occurrence, with their counts.
struct TokenBag: Sendable, Equatable {
    /// The distinct tokens.
    private(set) var ids: [TokenID] = []
    /// The count of each of `ids`, at least 1.
    private(set) var counts: [Int] = []
    /// The number of all tokens, including repetitions.
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
