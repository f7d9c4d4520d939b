// The processes of a world as those that train a model's weights together.
public import Collectives
public import TensorMath

/// A world whose processes split the weights of a model.
public struct WorldGroup: ProcessGroup {
    private let world: any World

    /// The processes of a world.
    public init(_ world: any World) { self.world = world }

    /// This process's number, from 0.
    public var rank: Int { world.rank }
    /// The number of processes.
    public var size: Int { world.size }

    /// Replaces each value by its sum; see `World`.
    public func sum(_ values: inout [Double]) throws { try world.sum(&values) }

    /// The largest of the processes' numbers; see `World`.
    public func largest(_ number: Int) throws -> Int { try world.largest(number) }

    /// Sums values; each process gets the sums of its pieces; see `World`.
    public func reduceScatter(
        _ parts: [(values: UnsafeMutableBufferPointer<Float>, pieces: [Range<Int>])]
    ) throws {
        try world.reduceScatter(parts)
    }

    /// Sends each process's pieces to all others; see `World`.
    public func allGather(_ parts: [(bytes: UnsafeMutableRawBufferPointer, pieces: [Range<Int>])]) throws {
        try world.allGather(parts)
    }

    /// Sends the bytes of all processes to process 0; see `World`.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try world.gather(bytes) }
}
