// The first member of a world whose other members do not exist, for plans.
internal import Basics

/// Member 0 of a world in which nothing is exchanged: its calls leave values as they are.
///
/// A plan rehearses a step with it. ``MeasuredWorld`` then tells the bytes that the member would send.
public struct RehearsedWorld: World {
    /// The number of members.
    public let size: Int

    /// A world of so many members.
    ///
    /// - Throws: ``WorldError/memberCount(_:)`` unless the number is a power of two.
    public init(size: Int) throws {
        guard size > 0, size & (size - 1) == 0 else { throw WorldError.memberCount(size) }
        self.size = size
    }

    /// Always 0.
    public var rank: Int { 0 }
    /// Does nothing.
    public func enter(phase: String) {}
    /// Leaves the values unchanged.
    public func sum(_ values: inout [Double]) {}
    /// Leaves the values unchanged.
    public func reduceScatter(_ parts: [FloatPieces]) {
        for part in parts { requirePieces(part.pieces, of: part.values.count, size: size) }
    }
    /// Leaves the bytes unchanged.
    public func allGather(_ parts: [BytePieces]) {
        for part in parts { requirePieces(part.pieces, of: part.bytes.count, size: size) }
    }
    /// Leaves the bytes unchanged.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {}
    /// The bytes of this member, as if the others had none.
    public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] + Array(repeating: [], count: size - 1) }
    /// The number itself.
    public func largest(_ number: Int) -> Int { number }
    /// Returns at once.
    public func barrier() {}
}
