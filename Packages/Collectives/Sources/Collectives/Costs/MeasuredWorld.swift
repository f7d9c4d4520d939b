// A world that knows what its calls cost.
internal import Synchronization

/// Counts the seconds and bytes of another world's calls.
///
/// The seconds include waits for members that come later.
public final class MeasuredWorld: World {
    /// What calls have cost.
    public struct Cost: Sendable, Equatable {
        /// Seconds in calls.
        public var seconds = 0.0
        /// Bytes that this member sent.
        public var sentBytes = 0.0
        /// Those of them that were floats to be summed in pieces.
        public var summedBytes = 0.0

        /// Nothing.
        public init() {}
    }

    private let world: any World
    private let cost = Mutex(Cost())

    /// Measures a world.
    public init(_ world: any World) { self.world = world }

    /// What the calls since the last call of this function have cost.
    public func takeCost() -> Cost {
        cost.withLock { cost in
            defer { cost = Cost() }
            return cost
        }
    }

    private func measured<Result>(sending bytes: Int, _ body: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        defer {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            cost.withLock {
                $0.seconds += seconds
                $0.sentBytes += Double(bytes)
            }
        }
        return try body()
    }

    /// How often a member exchanges all values with another one in a sum.
    private var exchanges: Int { size.trailingZeroBitCount }

    /// This member's number.
    public var rank: Int { world.rank }
    /// The number of members.
    public var size: Int { world.size }
    /// Names what this member does; see ``World``.
    public func enter(phase: String) { world.enter(phase: phase) }

    /// Sums doubles; see ``World``.
    public func sum(_ values: inout [Double]) throws {
        try measured(sending: 8 * values.count * exchanges) { try world.sum(&values) }
    }

    /// Sums floats in pieces; see ``World``.
    public func reduceScatter(_ parts: [FloatPieces]) throws {
        let bytes = parts.reduce(0) { sum, part in
            sum + 4 * (part.pieces.reduce(0) { $0 + $1.count } - part.pieces[rank].count)
        }
        cost.withLock { $0.summedBytes += Double(bytes) }
        try measured(sending: bytes) { try world.reduceScatter(parts) }
    }

    /// Sends each member's pieces to all; see ``World``.
    public func allGather(_ parts: [BytePieces]) throws {
        // Each exchange sends the pieces that are known by then.
        let all = parts.reduce(0) { sum, part in sum + part.pieces.reduce(0) { $0 + $1.count } }
        try measured(sending: size > 1 ? all - all / size : 0) { try world.allGather(parts) }
    }

    /// Sends bytes to all; see ``World``.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
        try measured(sending: rank == root ? bytes.count * exchanges : 0) {
            try world.broadcast(bytes, from: root)
        }
    }

    /// Sends bytes to member 0; see ``World``.
    public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        try measured(sending: rank == 0 ? 0 : bytes.count) { try world.gather(bytes) }
    }

    /// The largest number; see ``World``.
    public func largest(_ number: Int) throws -> Int {
        try measured(sending: 8 * exchanges) { try world.largest(number) }
    }

    /// Waits for all members; see ``World``.
    public func barrier() throws { try measured(sending: exchanges) { try world.barrier() } }
}
