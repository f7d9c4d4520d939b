// Which tokens may come next, decided by the caller token by token, as for output after a schema.
internal import Basics

/// A set of token ids: one bit for each.
public struct TokenMask: Sendable, Equatable {
    /// Ids 0..<64 in the first word, the lowest bit first.
    private(set) var words: [UInt64]

    /// A set without tokens, with room for ids below `vocabularySize`.
    public init(vocabularySize: Int) { words = Array(repeating: 0, count: (vocabularySize + 63) / 64) }

    /// A set by its words: ids 0..<64 in the first, the lowest bit first.
    public init(words: [UInt64]) { self.words = words }

    /// Whether no token is in the set.
    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Whether a token is in the set; setting it stops for an id that there is no room for.
    public subscript(id: Int32) -> Bool {
        get { id >= 0 && Int(id) / 64 < words.count && words[Int(id) / 64] >> UInt64(id % 64) & 1 == 1 }
        set {
            require(id >= 0 && Int(id) / 64 < words.count, "TokenMask: no room for token \(id)")
            let bit = UInt64(1) << UInt64(id % 64)
            if newValue { words[Int(id) / 64] |= bit } else { words[Int(id) / 64] &= ~bit }
        }
    }

    /// Adds the tokens of another set with the same room.
    public mutating func formUnion(_ other: TokenMask) {
        require(words.count == other.words.count, "TokenMask: \(words.count) and \(other.words.count) words")
        for index in words.indices { words[index] |= other.words[index] }
    }
}

/// Decides which tokens an answer may continue with; each answer has its own copy.
public protocol TokenConstraint: Sendable {
    /// The tokens that may come next, end tokens included where the output may end; never none.
    var allowed: TokenMask { get }

    /// Takes the next token of the answer, which is one of `allowed`.
    mutating func accept(_ id: Int32)
}
