// Values that differ in every member, and their sums in the order of the tree, computed one after the other.
import TestKit

/// What members of worlds in tests have.
enum TestValues {
    /// Numbers of members.
    static let sizes = [1, 2, 4, 8]
    /// Numbers of values: none, one, a prime, a message of floats, many messages and a rest.
    static let counts = [0, 1, 13, 16, 257]

    /// The values of a member, of very different sizes, so that the order of a sum shows in its last bits.
    static func values(rank: Int, count: Int) -> [Double] {
        var random = Seeded(UInt64(1000 * count + rank))
        return (0..<count).map { _ in
            let size = Double(sign: .plus, exponent: Int.random(in: -20...20, using: &random), significand: 1)
            return Double.random(in: -1...1, using: &random) * size
        }
    }

    /// The values of a member, rounded.
    static func floats(rank: Int, count: Int) -> [Float] { values(rank: rank, count: count).map(Float.init) }

    /// The sums of all members' rounded values.
    static func floatSums(_ size: Int, _ count: Int) -> [Float] {
        treeSum((0..<size).map { floats(rank: $0, count: count) })
    }

    /// `((v0 + v1) + (v2 + v3)) + ...`, element by element.
    static func treeSum<Value: FloatingPoint>(_ addends: [[Value]]) -> [Value] {
        guard addends.count > 1 else { return addends[0] }
        return treeSum(
            stride(from: 0, to: addends.count, by: 2).map { pair in
                zip(addends[pair], addends[pair + 1]).map { $0 + $1 }
            })
    }

    /// A piece for each member, in any order, some empty, with gaps.
    static func pieces(size: Int, count: Int, seed: UInt64) -> [Range<Int>] {
        var random = Seeded(seed)
        let cuts = (0..<2 * size).map { _ in Int.random(in: 0...count, using: &random) }.sorted()
        return (0..<size).map { cuts[2 * $0]..<cuts[2 * $0 + 1] }.shuffled(using: &random)
    }
}
