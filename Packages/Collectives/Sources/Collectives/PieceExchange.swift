// Two members exchange some pieces of memory: through messages, or from memory to memory where the link can.
internal import CSums

/// What one member of a pair gives to the other and takes from it.
///
/// The pieces that go out do not overlap those that come in. The other member has pieces of the same sizes in the same two
/// lists, the other way around.
struct PieceExchange {
    private let partner: Int
    private let outgoing, incoming: [UnsafeMutableRawBufferPointer]
    private let call: String

    /// Names the pieces.
    init(
        partner: Int, outgoing: [UnsafeMutableRawBufferPointer], incoming: [UnsafeMutableRawBufferPointer],
        call: String
    ) {
        (self.partner, self.outgoing, self.incoming, self.call) = (partner, outgoing, incoming, call)
    }

    /// Replaces the pieces that come in by those of the other member.
    func copy<Connection: Link>(in world: TreeWorld<Connection>) throws {
        guard isDirect(in: world) else {
            return try world.exchange(
                TreeWorld.Outgoing(rank: partner, chunks: world.chunks(of: outgoing)),
                TreeWorld.Incoming(rank: partner, chunks: world.chunks(of: incoming)), call: call)
        }
        try directly(in: world, blockByteCount: 1 << 22) { address, own in
            try world.link.copyMemory(of: partner, at: address, to: own)
        }
    }

    /// Adds the floats of the other member to those that come in.
    func add<Connection: Link>(in world: TreeWorld<Connection>) throws {
        guard isDirect(in: world) else { return try addMessages(in: world) }
        // The addends stay in the cache until they are added.
        let block = world.addends.bytes.prefix(1 << 18)
        try directly(in: world, blockByteCount: block.count / 4 * 4) { address, sums in
            let addends = UnsafeMutableRawBufferPointer(rebasing: block.prefix(sums.count))
            try world.link.copyMemory(of: partner, at: address, to: addends)
            addFloats(addends, to: sums)
        }
    }

    private func addMessages<Connection: Link>(in world: TreeWorld<Connection>) throws {
        let sums = world.chunks(of: incoming)
        // Messages that are on their way together have places that do not overlap.
        var end = 0
        let places = sums.map { sum in
            let start = end + sum.count <= world.addends.bytes.count ? end : 0
            end = start + sum.count
            return UnsafeMutableRawBufferPointer(rebasing: world.addends.bytes[start..<end])
        }
        try world.exchange(
            TreeWorld.Outgoing(rank: partner, chunks: world.chunks(of: outgoing)),
            TreeWorld.Incoming(rank: partner, chunks: places), call: call
        ) { addFloats(places[$0], to: sums[$0]) }
    }

    private func addFloats(
        _ addends: UnsafeMutableRawBufferPointer, to sums: UnsafeMutableRawBufferPointer
    ) {
        r1_add_floats(
            sums.baseAddress?.assumingMemoryBound(to: Float.self),
            addends.baseAddress?.assumingMemoryBound(to: Float.self), sums.count / 4)
    }

    // MARK: - From memory to memory

    /// Where a piece is in the memory of the member that has it.
    private struct Place {
        var address: UInt = 0
        var byteCount = 0
    }

    /// Whether the members read each other's memory; both find the same.
    private func isDirect<Connection: Link>(in world: TreeWorld<Connection>) -> Bool {
        world.link.readsMemory(of: partner)
            && max(byteCount(outgoing), byteCount(incoming)) >= world.options.directByteCount
    }

    private func byteCount(_ pieces: [UnsafeMutableRawBufferPointer]) -> Int {
        pieces.reduce(0) { $0 + $1.count }
    }

    /// Tells the other member where the bytes are, takes its bytes block by block, and waits until it has this one's.
    private func directly<Connection: Link>(
        in world: TreeWorld<Connection>, blockByteCount: Int,
        _ take: (UInt, UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        var own = outgoing.map {
            Place(address: UInt(bitPattern: $0.baseAddress), byteCount: $0.count)
        }
        var theirs = [Place](repeating: Place(), count: incoming.count)
        try trade(&own, &theirs, in: world)
        for (place, piece) in zip(theirs, incoming) {
            guard place.byteCount == piece.count else {
                throw WorldError.unequal(rank: partner, expected: piece.count, received: place.byteCount)
            }
            for start in stride(from: 0, to: piece.count, by: blockByteCount) {
                let block = piece[start..<min(start + blockByteCount, piece.count)]
                try take(place.address + UInt(start), UnsafeMutableRawBufferPointer(rebasing: block))
            }
        }
        var (done, other) = ([UInt8](repeating: 1, count: 1), [UInt8](repeating: 0, count: 1))
        try trade(&done, &other, in: world)
    }

    /// Exchanges a short message.
    private func trade<Connection: Link, Value: BitwiseCopyable>(
        _ own: inout [Value], _ theirs: inout [Value], in world: TreeWorld<Connection>
    ) throws {
        try own.withUnsafeMutableBytes { own in
            try theirs.withUnsafeMutableBytes { theirs in
                try world.exchange(
                    TreeWorld.Outgoing(rank: partner, chunks: world.chunks(of: [own])),
                    TreeWorld.Incoming(
                        rank: partner, chunks: world.chunks(of: [theirs])),
                    call: call)
            }
        }
    }
}
