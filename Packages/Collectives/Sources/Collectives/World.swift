// The processes that train one model together, seen from one of them. Everything that has to agree across
// processes goes through three calls: sums of statistics, sums of gradients, and waiting for one another.

/// A group of processes that run the same program on different samples.
///
/// Every member must make the same calls with the same counts in the same order; each call returns only when all
/// members have made it. Results are equal on all members, bit for bit, so that weights updated from them stay
/// equal too.
public protocol World: Sendable {
    /// This process's number, from 0 to `size - 1`; process 0 writes checkpoints and records.
    var rank: Int { get }

    /// The number of processes, at least 1.
    var size: Int { get }

    /// Replaces each value by its sum over all processes.
    ///
    /// For counts, losses and other statistics, which are few and want the precision.
    ///
    /// - Parameter values: The addends in, the sums out; the same count in every process.
    /// - Throws: When a process cannot be reached; the values are then undefined.
    func sum(_ values: inout [Double]) throws

    /// Replaces each value by its sum over all processes, in place.
    ///
    /// For gradients, which are many and stay where they are.
    ///
    /// - Parameter values: The addends in, the sums out; the same count in every process.
    /// - Throws: When a process cannot be reached; the values are then undefined.
    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws

    /// Returns when every process has come here.
    ///
    /// - Throws: When a process cannot be reached.
    func barrier() throws
}

/// The world of one process, which is the default: every sum is its own addend and nobody is waited for.
///
/// ```swift
/// let world: any World = SingleProcess()
/// try world.sum(&statistics)   // unchanged
/// ```
public struct SingleProcess: World {
    /// The only process there is.
    public init() {}

    /// Always 0.
    public var rank: Int { 0 }

    /// Always 1.
    public var size: Int { 1 }

    /// Leaves the values as they are: a sum with one addend.
    ///
    /// - Parameter values: The addend, which is the sum.
    public func sum(_ values: inout [Double]) {}

    /// Leaves the values as they are: a sum with one addend.
    ///
    /// - Parameter values: The addend, which is the sum.
    public func sum(_ values: UnsafeMutableBufferPointer<Float>) {}

    /// Returns at once: there is nobody to wait for.
    public func barrier() {}
}
