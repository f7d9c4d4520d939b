// Collective operations over any link. Each pairs this member with rank xor 1, xor 2, xor 4 and so on, which is the
// binary tree of the sums; the members of a pair exchange at the same time.
internal import Basics
internal import Glibc
internal import Synchronization

/// A world over a link.
final class TreeWorld<Connection: Link>: World {
    /// Sizes and limits.
    struct Options: Sendable {
        /// How long a member waits without any byte coming or going.
        var timeout: Duration = .seconds(1800)
        /// The most bytes of one message, a multiple of 4.
        var chunkByteCount = 4 << 20
        /// How many of the largest messages are on their way at once in each direction, or smaller ones of as many bytes:
        /// what asks for a message waits behind the bytes that are on their way.
        var window = 4
        /// How many messages are on their way at once in each direction.
        var messageLimit = 64
        /// How long a member that is late or failed waits for the notices of the others.
        var noticeTime: Duration = .seconds(1)
        /// From so many bytes on, members that can read each other's memory do it; for fewer, two more messages would
        /// take longer than the copy that they save.
        var directByteCount = 1 << 20
    }

    let link: Connection
    let options: Options
    /// The name of this member's machine.
    let host: String
    /// Those of all members, once they have met.
    private let hosts = Mutex<[String]>([])
    private let phase = Mutex("start")
    let addends: Addends

    var rank: Int { link.rank }
    var size: Int { link.size }

    /// A world over a link, to be used after ``meet()``.
    init(_ link: Connection, host: String, options: Options) {
        require(options.chunkByteCount > 0 && options.chunkByteCount % 4 == 0, "chunks of whole floats")
        (self.link, self.host, self.options) = (link, host, options)
        // The place for a message that does not fit at the end of the memory is at its start.
        addends = Addends(byteCount: (options.window + 1) * options.chunkByteCount)
    }

    /// Tells the members the names of each other's machines.
    ///
    /// - Throws: ``WorldError/memberCount(_:)`` unless the number of members is a power of two.
    func meet() throws {
        guard size > 0, size & (size - 1) == 0 else { throw WorldError.memberCount(size) }
        let names = try gather(Array(host.utf8)).map { String(decoding: $0, as: UTF8.self) }
        var text = Array(names.joined(separator: "\n").utf8)
        try broadcast(&text, from: 0)
        let lines = String(decoding: text, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        hosts.withLock { $0 = lines.map(String.init) }
    }

    func enter(phase name: String) { phase.withLock { $0 = name } }

    // MARK: - Calls

    func sum(_ values: inout [Double]) throws {
        try combine(&values, call: "sum") { $0 + $1 }
    }

    func largest(_ number: Int) throws -> Int {
        var numbers = [number]
        try combine(&numbers, call: "largest") { max($0, $1) }
        return numbers[0]
    }

    func barrier() throws {
        var nothing: [UInt8] = [0]
        try combine(&nothing, call: "barrier") { $0 | $1 }
    }

    func reduceScatter(_ parts: [FloatPieces]) throws {
        let stride = MemoryLayout<Float>.stride
        let parts: [BytePieces] = parts.map { values, pieces in
            requirePieces(pieces, of: values.count, size: size)
            return (
                UnsafeMutableRawBufferPointer(values),
                pieces.map { $0.lowerBound * stride..<$0.upperBound * stride }
            )
        }
        // After each exchange this member has the sums of twice as many members for half of its pieces.
        for step in steps {
            try PieceExchange(
                partner: rank ^ step, outgoing: pieces(of: kept(by: rank ^ step, after: step), in: parts),
                incoming: pieces(of: kept(by: rank, after: step), in: parts), call: "reduce-scatter"
            ).add(in: self)
        }
    }

    func allGather(_ parts: [BytePieces]) throws {
        for part in parts { requirePieces(part.pieces, of: part.bytes.count, size: size) }
        for step in steps.reversed() {
            try PieceExchange(
                partner: rank ^ step, outgoing: pieces(of: kept(by: rank, after: step), in: parts),
                incoming: pieces(of: kept(by: rank ^ step, after: step), in: parts), call: "all-gather"
            ).copy(in: self)
        }
    }

    func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws {
        require((0..<size).contains(root), "broadcast from member \(root) of \(size)")
        let all = chunks(of: [bytes])
        let place = rank ^ root
        for step in steps.reversed() where place % step == 0 {
            if place % (2 * step) == 0 {
                try exchange(Outgoing(rank: rank ^ step, chunks: all), nil, call: "broadcast")
            } else {
                try exchange(nil, Incoming(rank: rank ^ step, chunks: all), call: "broadcast")
            }
        }
    }

    func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
        guard rank == 0 else {
            var (count, bytes) = (bytes.count, bytes)
            try withUnsafeMutableBytes(of: &count) {
                try exchange(
                    Outgoing(rank: 0, chunks: chunks(of: [$0])), nil, call: "gather")
            }
            try bytes.withUnsafeMutableBytes {
                try exchange(
                    Outgoing(rank: 0, chunks: chunks(of: [$0])), nil, call: "gather")
            }
            return []
        }
        return try (0..<size).map { sender in
            guard sender > 0 else { return bytes }
            var count = 0
            try withUnsafeMutableBytes(of: &count) {
                try exchange(
                    nil, Incoming(rank: sender, chunks: chunks(of: [$0])), call: "gather")
            }
            var received = [UInt8](repeating: 0, count: count)
            try received.withUnsafeMutableBytes {
                try exchange(
                    nil, Incoming(rank: sender, chunks: chunks(of: [$0])), call: "gather")
            }
            return received
        }
    }

    // MARK: - The tree

    /// 1, 2, 4 and so on below the number of members.
    private var steps: [Int] { (0..<size.trailingZeroBitCount).map { 1 << $0 } }

    /// The members whose pieces `member` has after the exchanges up to `step`: those with the same lowest bits.
    private func kept(by member: Int, after step: Int) -> [Int] {
        Array(stride(from: member % (2 * step), to: size, by: 2 * step))
    }

    /// Replaces each value by the combination of those of all members; the value of the lower ranks comes first.
    private func combine<Value: BitwiseCopyable>(
        _ values: inout [Value], call: String, _ combination: (Value, Value) -> Value
    ) throws {
        for step in steps {
            var others = values
            let partner = rank ^ step
            try values.withUnsafeMutableBytes { own in
                try others.withUnsafeMutableBytes { other in
                    try exchange(
                        Outgoing(rank: partner, chunks: chunks(of: [own])),
                        Incoming(rank: partner, chunks: chunks(of: [other])), call: call)
                }
            }
            for index in values.indices {
                values[index] =
                    rank < partner
                    ? combination(values[index], others[index]) : combination(others[index], values[index])
            }
        }
    }

    /// The pieces of some members in each part that are not empty.
    private func pieces(of members: [Int], in parts: [BytePieces]) -> [UnsafeMutableRawBufferPointer] {
        parts.flatMap { bytes, pieces in
            members.lazy.map { pieces[$0] }.filter { !$0.isEmpty }.map {
                UnsafeMutableRawBufferPointer(rebasing: bytes[$0])
            }
        }
    }

    /// The messages that carry some bytes.
    func chunks(of pieces: [UnsafeMutableRawBufferPointer]) -> [UnsafeMutableRawBufferPointer] {
        pieces.flatMap { piece in
            stride(from: 0, to: piece.count, by: options.chunkByteCount).map {
                UnsafeMutableRawBufferPointer(
                    rebasing: piece[$0..<min($0 + options.chunkByteCount, piece.count)])
            }
        }
    }

    // MARK: - Exchanges

    struct Outgoing {
        let rank: Int
        let chunks: [UnsafeMutableRawBufferPointer]
    }

    struct Incoming {
        let rank: Int
        let chunks: [UnsafeMutableRawBufferPointer]
    }

    /// Sends and receives messages, a few at a time in each direction.
    ///
    /// - Parameters:
    ///   - outgoing: What goes out; nil for nothing.
    ///   - incoming: What comes in; nil for nothing.
    ///   - call: What errors call it.
    ///   - arrived: Called with the number of each message that has arrived, in order; its buffer may be used again
    ///     afterwards.
    /// - Throws: ``WorldError``; the first error of a transfer.
    func exchange(
        _ outgoing: Outgoing?, _ incoming: Incoming?, call: String, arrived: (Int) -> Void = { _ in }
    ) throws {
        var sends = Queue<Connection.Transfer>(outgoing?.chunks ?? [])
        var receives = Queue<Connection.Transfer>(incoming?.chunks ?? [])
        defer {
            for index in sends.running.indices { link.abandon(&sends.running[index]) }
            for index in receives.running.indices { link.abandon(&receives.running[index]) }
        }
        let byteLimit = options.window * options.chunkByteCount
        var patience = Patience(limit: options.timeout)
        while !sends.isDone || !receives.isDone {
            while let incoming, let chunk = receives.next(within: byteLimit, options.messageLimit) {
                receives.start(try link.receive(chunk, from: incoming.rank))
            }
            while let outgoing, let chunk = sends.next(within: byteLimit, options.messageLimit) {
                sends.start(try link.send(UnsafeRawBufferPointer(chunk), to: outgoing.rank))
            }
            var hasProgress = false
            if let incoming, !receives.running.isEmpty {
                let state = try link.state(of: &receives.running[0])
                if state != .running {
                    try check(state, receives.chunks[receives.doneCount].count, from: incoming.rank)
                    arrived(receives.doneCount)
                    receives.removeFirst()
                    hasProgress = true
                }
            }
            if !sends.running.isEmpty, try link.state(of: &sends.running[0]) != .running {
                sends.removeFirst()
                hasProgress = true
            }
            if hasProgress {
                patience.restart()
            } else if !patience.wait() {
                try late(for: (receives.isDone ? outgoing?.rank : incoming?.rank) ?? rank, call: call)
            } else if patience.isLong {
                try answerNotices()
            }
        }
    }

    /// Checks that a message has as many bytes as the buffer.
    private func check(_ state: TransferState, _ expected: Int, from sender: Int) throws {
        guard state != .complete(byteCount: expected) else { return }
        var count: Int?
        if case .complete(let byteCount) = state { count = byteCount }
        throw WorldError.unequal(rank: sender, expected: expected, received: count)
    }

    // MARK: - Members that are late or failed

    /// This member and what it does, for messages.
    var place: String { "process \(rank) of \(size) on \(host), phase \(phase.withLock { $0 })" }

    /// Tells the others that this member has failed.
    ///
    /// - Returns: Whether it is this member that reports an error: when several fail at the same time, the lowest.
    func isReporter(of error: any Error) -> Bool {
        switch error as? WorldError {
        case .ended: return false
        case .late: return true
        default:
            do {
                return try (collect(after: .failed).firstFailed ?? rank) >= rank
            } catch {
                // Messages fail, too: no other member learns of the error, so this one reports it.
                return true
            }
        }
    }

    /// What the notices that arrive in some time say.
    private struct Notices {
        /// The lowest member that has failed or was late, too.
        var firstFailed: Int?
        /// Members that answered.
        var present: Set<Int> = []
    }

    private func collect(after notice: Notice) throws -> Notices {
        for member in 0..<size where member != rank { try link.send(notice, to: member) }
        var found = Notices()
        var patience = Patience(limit: options.noticeTime)
        while patience.wait() {
            guard let (notice, sender) = try link.nextNotice() else { continue }
            found.present.insert(sender)
            if notice != .present { found.firstFailed = min(sender, found.firstFailed ?? sender) }
        }
        return found
    }

    /// Ends a wait that took too long.
    private func late(for awaited: Int, call: String) throws -> Never {
        let notices = try collect(after: .late)
        if let first = notices.firstFailed, first < rank { throw WorldError.ended(by: first) }
        let members = hosts.withLock { hosts in
            (0..<size).map { rank in
                LateMember.Member(rank: rank, host: hosts.isEmpty ? "an unknown machine" : hosts[rank])
            }
        }
        throw WorldError.late(
            LateMember(
                waiting: members[rank], awaited: members[awaited],
                silent: members.filter { $0.rank != rank && !notices.present.contains($0.rank) },
                phase: phase.withLock { $0 }, call: call, limit: options.timeout))
    }

    /// Looks for notices while this member waits.
    private func answerNotices() throws {
        guard let (notice, sender) = try link.nextNotice(), notice != .present else { return }
        if notice == .late { try link.send(Notice.present, to: sender) }
        throw WorldError.ended(by: sender)
    }
}

/// Transfers in one direction, in order.
private struct Queue<Transfer> {
    let chunks: [UnsafeMutableRawBufferPointer]
    var running: [Transfer] = []
    private(set) var doneCount = 0
    private var byteCount = 0

    init(_ chunks: [UnsafeMutableRawBufferPointer]) { self.chunks = chunks }

    var isDone: Bool { doneCount == chunks.count }

    /// The next chunk, if it may be on its way with those that are.
    func next(within byteLimit: Int, _ messageLimit: Int) -> UnsafeMutableRawBufferPointer? {
        let number = doneCount + running.count
        guard number < chunks.count, running.count < messageLimit,
            byteCount + chunks[number].count <= byteLimit
        else { return nil }
        return chunks[number]
    }

    mutating func start(_ transfer: Transfer) {
        byteCount += chunks[doneCount + running.count].count
        running.append(transfer)
    }

    mutating func removeFirst() {
        running.removeFirst()
        byteCount -= chunks[doneCount].count
        doneCount += 1
    }
}

/// Where addends arrive.
///
/// Unchecked: a member makes one call at a time, and only that call uses the bytes.
final class Addends: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer

    init(byteCount: Int) {
        bytes = .allocate(byteCount: byteCount, alignment: 1 << 21)
        // Advice only: without huge pages the bytes are on ordinary ones, which another process reads slower.
        _ = madvise(bytes.baseAddress, byteCount, MADV_HUGEPAGE)
    }

    deinit { bytes.deallocate() }
}
