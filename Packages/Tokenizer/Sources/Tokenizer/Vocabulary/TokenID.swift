// The number of a token.

/// A row of the vocabulary.
public typealias TokenID = Int32
