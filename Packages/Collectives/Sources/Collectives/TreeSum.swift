// The part of a sum over members that one member computes: over the units of its work, in the same order.

/// A sum of values that come one after the other, in the order of a binary tree: `(a + b) + (c + d)`.
///
/// When members with equally many units, a power of two of them, add the totals of their units, the sum is the tree over
/// all units, however many members there are. One partial sum is kept per level: at most log2(count) beside the last one.
public struct TreeSum<Value> {
    private var parts: [(count: Int, value: Value)] = []
    private let add: (inout Value, Value) -> Void

    /// An empty sum.
    ///
    /// - Parameter add: Adds the second value, whose place is after that of the first, to the first.
    public init(_ add: @escaping (inout Value, Value) -> Void) { self.add = add }

    /// Adds the next value.
    public mutating func append(_ value: Value) {
        parts.append((1, value))
        while parts.count > 1, parts[parts.count - 2].count == parts[parts.count - 1].count { addLast() }
    }

    /// Takes the sum of all values out; nil without any.
    public mutating func takeTotal() -> Value? {
        while parts.count > 1 { addLast() }
        return parts.popLast()?.value
    }

    /// Takes the partial sums out, in the order of their values; the total adds each to the sum of those after it.
    public mutating func takeParts() -> [Value] {
        defer { parts = [] }
        return parts.map(\.value)
    }

    private mutating func addLast() {
        let last = parts.removeLast()
        add(&parts[parts.count - 1].value, last.value)
        parts[parts.count - 1].count += last.count
    }
}

extension World {
    /// The sum over the units of all members, in the order of the tree over all units.
    ///
    /// - Parameter units: The values of each of this member's units; equally many units in every member, a power of
    ///   two, and equally many values in every unit.
    /// - Returns: The sums, as many as a unit has values.
    /// - Throws: ``WorldError``.
    public func sum(ofUnits units: [[Double]]) throws -> [Double] {
        var tree = TreeSum<[Double]> { sums, values in
            for index in sums.indices { sums[index] += values[index] }
        }
        for unit in units { tree.append(unit) }
        var sums = tree.takeTotal() ?? []
        try sum(&sums)
        return sums
    }
}
