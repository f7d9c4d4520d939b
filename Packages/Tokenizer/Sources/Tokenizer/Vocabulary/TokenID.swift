// The number of a token.

/// The number of a token: its row in the vocabulary.
public typealias TokenID = Int32
