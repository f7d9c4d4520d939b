// A set of token ids, one bit each.

/// A set of token ids.
public struct IDSet: Sendable, Equatable {
    /// Bit `id % 64` of word `id / 64`.
    public private(set) var words: [UInt64]
    /// One more than the largest id.
    public let idCount: Int

    /// The empty set of ids below `idCount`.
    init(idCount: Int) {
        self.idCount = idCount
        words = [UInt64](repeating: 0, count: (idCount + 63) / 64)
    }

    /// Whether an id is in the set.
    public func contains(_ id: Int32) -> Bool {
        id >= 0 && Int(id) < idCount && words[Int(id) / 64] >> UInt64(id % 64) & 1 == 1
    }

    mutating func insert(_ id: Int32) { words[Int(id) / 64] |= 1 << UInt64(id % 64) }

    mutating func formUnion(_ other: IDSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    /// The ids in ascending order.
    public var ids: [Int32] {
        words.enumerated().flatMap { index, word in
            (0..<64).filter { word >> UInt64($0) & 1 == 1 }.map { Int32(index * 64 + $0) }
        }
    }
}
