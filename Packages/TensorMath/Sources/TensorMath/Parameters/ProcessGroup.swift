// Processes that train one model together: each updates its pieces of the weights (ZeRO; Rajbhandari et al., 2020).
internal import Basics

/// What processes that train one model exchange.
///
/// Every process makes the same calls in the same order. Sums have the same bits in all of them.
public protocol ProcessGroup: Sendable {
    /// This process's number, from 0.
    var rank: Int { get }
    /// The number of processes.
    var size: Int { get }
    /// Replaces each value by its sum over the processes.
    func sum(_ values: inout [Double]) throws
    /// The largest of the processes' numbers.
    func largest(_ number: Int) throws -> Int
    /// Sums values over the processes; each gets the sums of its piece, in place.
    func reduceScatter(_ values: UnsafeMutableBufferPointer<Float>, pieces: [Range<Int>]) throws
    /// Sends each process's piece to all others, in place.
    func allGather(_ bytes: UnsafeMutableRawBufferPointer, pieces: [Range<Int>]) throws
    /// Sends the bytes of all processes to process 0, which gets them in the order of the processes.
    func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
}

/// The elements of each trained weight that each process updates.
///
/// The weights are cut into blocks of 65,536 elements, which are those of the norms of gradients. Each process has equally
/// many blocks up to one, next to one another in the order of the weights.
public struct WeightPieces: Sendable {
    /// The processes.
    let group: any ProcessGroup
    /// For each weight, the elements of each process; all empty for a frozen weight.
    let ranges: [[Range<Int>]]

    init(_ parameters: [Parameter], _ group: any ProcessGroup) {
        self.group = group
        let blocks = parameters.map { parameter in
            parameter.isTrainable ? squareBlocks(parameter.elementCount) : 0
        }
        let all = blocks.reduce(0, +)
        var first = 0
        ranges = zip(parameters, blocks).map { parameter, count in
            defer { first += count }
            return (0..<group.size).map { rank in
                // The blocks of the process that are in this weight.
                let ends = [rank, rank + 1].map { min(max(all * $0 / group.size - first, 0), count) }
                let elements = ends.map { min($0 * squareBlock, parameter.elementCount) }
                return elements[0]..<elements[1]
            }
        }
    }

    /// The elements of a weight that this process updates.
    func own(_ index: Int) -> Range<Int> { ranges[index][group.rank] }
}

extension Gradients {
    /// Replaces the gradients by their sums over the processes, of which each keeps those of its pieces, flat.
    ///
    /// A weight that no process used keeps no gradient; one that only this process did not use has zeros here.
    ///
    /// - Parameter store: The weights these gradients belong to; unless they are split over processes, nothing changes.
    /// - Throws: What the exchange throws; the gradients are then incomplete.
    public mutating func reduce(over store: ParameterStore) throws {
        guard let pieces = store.pieces else { return }
        require(store.all.map(\.name) == names, "Gradients.reduce: two different models")
        var uses = tensors.map { $0 == nil ? 0.0 : 1.0 }
        try pieces.group.sum(&uses)
        for (index, parameter) in store.all.enumerated() where uses[index] > 0 {
            // Released as soon as its piece is known, so that memory falls from weight to weight.
            let known = take(index)
            let sums = try Tensor(shape: [parameter.elementCount]) { out in
                if let known {
                    _ = known.withElements { out.initialize(from: $0) }
                } else {
                    // x + -0 has the bits of x, also where x is -0.
                    out.initialize(repeating: -0.0)
                }
                try pieces.group.reduceScatter(out, pieces: pieces.ranges[index])
            }
            set(index, sums.piece(pieces.own(index)))
        }
    }
}

extension ParameterStore {
    /// Sends the updated pieces of weights to all processes.
    ///
    /// - Parameter isUpdated: Whether a weight, by its place in the store, was updated; the same in every process.
    /// - Throws: What the exchange throws.
    public func exchange(where isUpdated: (Int) -> Bool = { _ in true }) throws {
        guard let pieces else { return }
        for (index, parameter) in all.enumerated() where parameter.isTrainable && isUpdated(index) {
            try parameter.withShared { bytes, width in
                try pieces.group.allGather(
                    bytes,
                    pieces: pieces.ranges[index].map { $0.lowerBound * width..<$0.upperBound * width })
            }
        }
    }
}

extension Tensor {
    /// A flat copy of some elements of a float32 tensor; the tensor itself when these are all of a flat one.
    func piece(_ range: Range<Int>) -> Tensor {
        if shape == [range.count] { return detached }
        return Tensor(shape: [range.count]) { out in
            withElements { _ = out.initialize(from: $0[range]) }
        }
    }

    /// The pieces of all processes as one tensor in process 0; zeros of the same shape in the others.
    ///
    /// - Parameters:
    ///   - shape: The sizes of the whole.
    ///   - group: The processes, each with its piece; the pieces are next to one another.
    /// - Returns: The whole.
    /// - Throws: What the exchange throws.
    func joined(shape: [Int], _ group: any ProcessGroup) throws -> Tensor {
        let parts = try group.gather(bytes(as: .float32))
        guard group.rank == 0 else { return Tensor(repeating: 0, shape: shape) }
        let whole = parts.count == 1 ? parts[0] : Array(parts.joined())
        return whole.withUnsafeBytes { Tensor(widening: $0, dtype: .float32, shape: shape) }
    }
}
