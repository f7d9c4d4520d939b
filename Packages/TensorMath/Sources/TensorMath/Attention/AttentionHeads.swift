// Head counts and sizes of attention.
internal import Basics

/// Head counts and sizes of one attention call.
public struct AttentionHeads: Sendable, Equatable {
    /// Number of query heads; a multiple of `keyCount`.
    public let queryCount: Int
    /// Number of key and value heads.
    public let keyCount: Int
    /// Elements per head.
    public let size: Int
    /// Query heads per key head.
    var groups: Int { queryCount / keyCount }
    var queryColumns: Int { queryCount * size }
    var keyColumns: Int { keyCount * size }
    var scale: Float { 1 / Float(size).squareRoot() }

    /// Head counts; query heads `j * groups ..< (j + 1) * groups` use key head `j`.
    public init(queryCount: Int, keyCount: Int, size: Int) {
        require(keyCount > 0 && queryCount % keyCount == 0, "attention: \(queryCount) heads over \(keyCount)")
        self.queryCount = queryCount
        self.keyCount = keyCount
        self.size = size
    }
}
