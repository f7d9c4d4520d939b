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
    /// Sums values of several buffers over the processes; each gets the sums of its piece of each, in place.
    func reduceScatter(_ parts: [(values: UnsafeMutableBufferPointer<Float>, pieces: [Range<Int>])]) throws
    /// Sends each process's pieces to all others, in place.
    func allGather(_ parts: [(bytes: UnsafeMutableRawBufferPointer, pieces: [Range<Int>])]) throws
    /// Sends the bytes of all processes to process 0, which gets them in the order of the processes.
    func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
}

extension Tensor {
    /// A flat copy of some elements of a float32 tensor; the tensor itself when these are all of a flat one.
    func piece(_ range: Range<Int>) -> Tensor {
        if shape == [range.count] { return detached }
        return Tensor(shape: [range.count]) { out in
            withElements { _ = out.initialize(from: $0[range]) }
        }
    }

    /// The same elements in memory of one owner: this tensor's, if no other tensor shares it.
    consuming func unshared() -> Tensor {
        if isKnownUniquelyReferenced(&storage) { return detached }
        return Tensor(shape: shape) { out in
            withElements { _ = out.initialize(from: $0) }
        }
    }

    /// The pieces of all processes as one tensor in process 0; zeros of the same shape in the others.
    ///
    /// - Parameters:
    ///   - shape: The sizes of the whole.
    ///   - group: The processes, each with its piece; the pieces are next to one another.
    /// - Returns: The whole.
    /// - Throws: What the exchange throws.
    func gathered(shape: [Int], _ group: any ProcessGroup) throws -> Tensor {
        let parts = try group.gather(bytes(as: .float32))
        guard group.rank == 0 else { return Tensor(repeating: 0, shape: shape) }
        let whole = parts.count == 1 ? parts[0] : Array(parts.joined())
        return whole.withUnsafeBytes { Tensor(widening: $0, dtype: .float32, shape: shape) }
    }
}
