// The processes that train one model together, as one of them sees them: sums of statistics, sums of
// gradients, and a barrier.

/// A group of processes that run the same program on different samples.
///
/// Every member must make the same calls with the same counts in the same order; each call returns only when
/// all members have made it. Results are equal on all members, bit for bit, so weights updated from them
/// stay equal.
public protocol World: Sendable {
    /// This process's number, from 0 to `size - 1`; process 0 writes checkpoints and records.
    var rank: Int { get }

    /// The number of processes, at least 1.
    var size: Int { get }

    /// Replaces each value by its sum over all processes.
    ///
    /// For counts, losses and other statistics: few values that need the precision.
    ///
    /// - Parameter values: Addends in, sums out; the same count in every process.
    /// - Throws: When a process cannot be reached; the values are then undefined.
    func sum(_ values: inout [Double]) throws

    /// Replaces each value by its sum over all processes, in place.
    ///
    /// For gradients: many values that must not be copied.
    ///
    /// - Parameter values: Addends in, sums out; the same count in every process.
    /// - Throws: When a process cannot be reached; the values are then undefined.
    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws

    /// Returns when every process has called it.
    ///
    /// No run calls it while there is only one process. With several, the others wait here until process 0
    /// has created the run directory or completed a checkpoint.
    ///
    /// - Throws: When a process cannot be reached.
    func barrier() throws
}

extension World {
    /// This process's share of `count` items; the shares of all processes are all items, in the order of the
    /// ranks.
    public func share(of count: Int) -> Range<Int> { count * rank / size..<count * (rank + 1) / size }
}

/// The world of one process, the default: sums change nothing and barriers return at once.
///
/// ```swift
/// let world: any World = SingleProcess()
/// try world.sum(&statistics)   // unchanged
/// ```
public struct SingleProcess: World {
    /// A world of one process.
    public init() {}

    /// Always 0.
    public var rank: Int { 0 }

    /// Always 1.
    public var size: Int { 1 }

    /// Leaves the values unchanged: a sum with one addend.
    ///
    /// - Parameter values: The addend, which is the sum.
    public func sum(_ values: inout [Double]) {}

    /// Leaves the values unchanged: a sum with one addend.
    ///
    /// - Parameter values: The addend, which is the sum.
    public func sum(_ values: UnsafeMutableBufferPointer<Float>) {}

    /// Returns at once.
    public func barrier() {}
}
