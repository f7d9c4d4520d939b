// The processes that do one job together, as one of them sees them: sums, pieces, messages, a barrier.
internal import Basics

/// A group of members, usually processes, that run the same program on different samples.
///
/// Every member must make the same calls with the same counts in the same order; a call returns when this member
/// has its result. A member makes one call at a time, from any thread.
///
/// Sums have one fixed order, a binary tree over the ranks: for four members `(r0 + r1) + (r2 + r3)`. So results are
/// equal on all members, bit for bit, and do not depend on how fast the members are or how bytes travel.
///
/// Every call throws ``WorldError``: when a member does not answer within the time limit, has failed, or cannot be
/// reached. Values that a call changes are then undefined, and the world cannot be used any more.
public protocol World: Sendable {
    /// This member's number, from 0 to `size - 1`; member 0 writes checkpoints and records.
    var rank: Int { get }

    /// The number of members, a power of two.
    var size: Int { get }

    /// Says what this member does from now on, such as `rollout` or `update`; errors name it.
    func enter(phase: String)

    /// Replaces each value by its sum over all members.
    ///
    /// For counts, losses and other statistics: few values that need the precision. Each member sends all of them
    /// `log2(size)` times.
    ///
    /// - Parameter values: Addends in, sums out; the same count in every member.
    /// - Throws: ``WorldError``.
    func sum(_ values: inout [Double]) throws

    /// Sums values of several buffers over all members; each member gets its piece of each buffer's sums.
    ///
    /// For gradients: works in place, with buffers of a fixed size beside it. Each member sends
    /// `(size - 1) / size` of the values when the pieces are equal. Messages of all buffers are on their way together.
    ///
    /// - Parameter parts: For each buffer, `values`: addends in, the same count in every member; out, the elements of
    ///   `pieces[rank]` are sums and all others are undefined. `pieces`: the elements of each member; they do not
    ///   overlap, and those between them are not summed. The same in every member.
    /// - Throws: ``WorldError``.
    func reduceScatter(_ parts: [FloatPieces]) throws

    /// Sends each member's pieces to all others.
    ///
    /// For weights after an update. Works in place.
    ///
    /// - Parameter parts: For each buffer, `bytes`: in, those of `pieces[rank]`; out, those of all pieces; others are left
    ///   alone. `pieces`: the bytes of each member; they do not overlap. The same in every member.
    /// - Throws: ``WorldError``.
    func allGather(_ parts: [BytePieces]) throws

    /// Sends the bytes of one member to all others.
    ///
    /// - Parameters:
    ///   - bytes: What member `root` has; filled in the others. The same count in every member.
    ///   - root: The member that sends.
    /// - Throws: ``WorldError``.
    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws

    /// Sends the bytes of all members to member 0.
    ///
    /// For outputs, which one member writes in order.
    ///
    /// - Parameter bytes: Any number of bytes.
    /// - Returns: In member 0 the bytes of all members in the order of their ranks; empty in the others.
    /// - Throws: ``WorldError``.
    func gather(_ bytes: [UInt8]) throws -> [[UInt8]]

    /// The largest of the members' numbers.
    ///
    /// For agreements: when 0 means "go on" and 1 "a signal asked to stop", all members stop at the same place.
    func largest(_ number: Int) throws -> Int

    /// Returns when every member has called it.
    func barrier() throws
}

/// Floats, of which each member has a piece.
public typealias FloatPieces = (values: UnsafeMutableBufferPointer<Float>, pieces: [Range<Int>])
/// Bytes, of which each member has a piece.
public typealias BytePieces = (bytes: UnsafeMutableRawBufferPointer, pieces: [Range<Int>])

extension World {
    /// This member's share of `count` items; the shares of all members are all items, in the order of the ranks.
    public func share(of count: Int) -> Range<Int> { share(of: count, rank: rank) }

    /// The shares of all members, in the order of the ranks.
    public func shares(of count: Int) -> [Range<Int>] { (0..<size).map { share(of: count, rank: $0) } }

    private func share(of count: Int, rank: Int) -> Range<Int> {
        count * rank / size..<count * (rank + 1) / size
    }

    /// Replaces each value by its sum over all members, in place.
    ///
    /// - Parameter values: Addends in, sums out; the same count in every member.
    /// - Throws: ``WorldError``.
    public func sum(_ values: UnsafeMutableBufferPointer<Float>) throws {
        let pieces = shares(of: values.count)
        try reduceScatter([(values, pieces)])
        let stride = MemoryLayout<Float>.stride
        let ranges = pieces.map { $0.lowerBound * stride..<$0.upperBound * stride }
        try allGather([(UnsafeMutableRawBufferPointer(values), ranges)])
    }

    /// Sends bytes of any number from one member to all others.
    ///
    /// - Parameters:
    ///   - bytes: What member `root` has; replaced in the others.
    ///   - root: The member that sends.
    /// - Throws: ``WorldError``.
    public func broadcast(_ bytes: inout [UInt8], from root: Int) throws {
        var count = bytes.count
        try withUnsafeMutableBytes(of: &count) { try broadcast($0, from: root) }
        if rank != root { bytes = [UInt8](repeating: 0, count: count) }
        try bytes.withUnsafeMutableBytes { try broadcast($0, from: root) }
    }
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

    /// Does nothing: no error names the phase.
    public func enter(phase: String) {}

    /// Leaves the values unchanged: a sum with one addend.
    public func sum(_ values: inout [Double]) {}

    /// Leaves the values unchanged: a sum with one addend.
    public func reduceScatter(_ parts: [FloatPieces]) {
        for part in parts { requirePieces(part.pieces, of: part.values.count, size: size) }
    }

    /// Leaves the bytes unchanged: all of them are here.
    public func allGather(_ parts: [BytePieces]) {
        for part in parts { requirePieces(part.pieces, of: part.bytes.count, size: size) }
    }

    /// Leaves the bytes unchanged: there is no other member.
    public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) {
        require(root == 0, "broadcast from member \(root) of 1")
    }

    /// The bytes of the only member.
    public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }

    /// The number itself.
    public func largest(_ number: Int) -> Int { number }

    /// Returns at once.
    public func barrier() {}
}

/// Stops the program unless there is one piece per member and they are apart from each other and inside.
func requirePieces(_ pieces: [Range<Int>], of count: Int, size: Int) {
    require(pieces.count == size, "\(pieces.count) pieces for \(size) members")
    var end = 0
    for piece in pieces.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
        require(
            piece.lowerBound >= end && piece.upperBound <= count,
            "the piece \(piece) overlaps another one or is outside of \(count) elements")
        end = piece.upperBound
    }
}
