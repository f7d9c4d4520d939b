// A world whose members are threads of one process: for tests, with the same algorithms and limits as between
// processes.
internal import Foundation
internal import Synchronization

/// Runs the members of a world as threads of this process.
public enum ThreadWorld {
    /// Runs `body` once for each member, all at the same time.
    ///
    /// A member that throws makes the calls of all others throw the same error.
    ///
    /// ```swift
    /// let sums = try ThreadWorld.run(4) { world in
    ///     var values = [Double(world.rank)]
    ///     try world.sum(&values)
    ///     return values[0]                      // 6 in each member
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - size: The number of members, a power of two.
    ///   - timeout: How long a member waits for another.
    ///   - body: What each member does.
    /// - Returns: What the members return, in the order of their ranks.
    /// - Throws: The first error of a member; ``WorldError`` when it is one of the world itself.
    public static func run<Result: Sendable>(
        _ size: Int, timeout: Duration = .seconds(1800),
        _ body: @escaping @Sendable (any World) throws -> Result
    ) throws -> [Result] {
        var options = TreeWorld<ThreadLink>.Options()
        options.timeout = timeout
        return try run(size, options: options, body)
    }

    /// Runs `body` with other sizes of messages.
    ///
    /// With `isDirect`, members copy from each other's memory; then `body` must not fail.
    static func run<Result: Sendable>(
        _ size: Int, options: TreeWorld<ThreadLink>.Options, isDirect: Bool = false,
        _ body: @escaping @Sendable (any World) throws -> Result
    ) throws -> [Result] {
        guard size > 0 else { throw WorldError.memberCount(size) }
        let meeting = Meeting(size: size)
        let results = Results<Result>()
        let members = DispatchGroup()
        for rank in 0..<size {
            members.enter()
            let thread = Thread {
                defer { members.leave() }
                do {
                    let link = ThreadLink(rank: rank, meeting: meeting, isDirect: isDirect)
                    let world = TreeWorld(link, host: "thread \(rank)", options: options)
                    try world.meet()
                    let result = try body(world)
                    results.values.withLock { $0[rank] = result }
                } catch {
                    meeting.fail(error)
                }
            }
            // Twice what the main thread has: a debug build's frames are large.
            thread.stackSize = 16 << 20
            thread.start()
        }
        members.wait()
        try meeting.check()
        return results.values.withLock { values in (0..<size).compactMap { values[$0] } }
    }

    private final class Results<Result: Sendable>: Sendable {
        let values = Mutex<[Int: Result]>([:])
    }
}

/// What the threads share: a box of messages for each pair, and the first error.
final class Meeting: Sendable {
    /// Messages from one member to another, copied, so that no message points into a member that is gone.
    final class Mailbox: Sendable {
        /// The most messages in it; more wait with their sender.
        static let capacity = 4
        let messages = Mutex<[[UInt8]]>([])
        let notices = Mutex<[Notice]>([])
    }

    let size: Int
    private let mailboxes: [Mailbox]
    private let failure = Mutex<(any Error)?>(nil)

    init(size: Int) {
        self.size = size
        mailboxes = (0..<size * size).map { _ in Mailbox() }
    }

    func mailbox(from sender: Int, to receiver: Int) -> Mailbox { mailboxes[sender * size + receiver] }

    /// Ends the waits of all members with the first error; one that only repeats another member's is none.
    func fail(_ error: any Error) {
        if case .ended = error as? WorldError { return }
        failure.withLock { $0 = $0 ?? error }
    }

    func check() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// A thread's end of the mailboxes.
struct ThreadLink: Link {
    /// A message whose bytes its member keeps until it is in the mailbox, or out of it.
    enum Transfer {
        case sending(UnsafeRawBufferPointer, to: Int)
        case receiving(UnsafeMutableRawBufferPointer, from: Int)
    }

    let rank: Int
    let meeting: Meeting
    let isDirect: Bool
    var size: Int { meeting.size }

    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) -> Transfer { .sending(bytes, to: rank) }

    func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) -> Transfer {
        .receiving(bytes, from: rank)
    }

    func state(of transfer: inout Transfer) throws -> TransferState {
        try meeting.check()
        switch transfer {
        case .sending(let bytes, let receiver):
            let mailbox = meeting.mailbox(from: rank, to: receiver)
            let hasRoom = mailbox.messages.withLock { $0.count < Meeting.Mailbox.capacity }
            guard hasRoom else { return .running }
            // Only this member adds messages, so there is still room.
            let message = [UInt8](bytes)
            mailbox.messages.withLock { $0.append(message) }
            return .complete(byteCount: bytes.count)
        case .receiving(let buffer, let sender):
            let mailbox = meeting.mailbox(from: sender, to: rank)
            guard let message = mailbox.messages.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                return .running
            }
            guard message.count <= buffer.count else { return .tooLong }
            buffer.copyBytes(from: message)
            return .complete(byteCount: message.count)
        }
    }

    func abandon(_ transfer: inout Transfer) {}

    func readsMemory(of rank: Int) -> Bool { isDirect }

    func copyMemory(of rank: Int, at address: UInt, to bytes: UnsafeMutableRawBufferPointer) {
        bytes.copyMemory(
            from: UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address), count: bytes.count))
    }

    func send(_ notice: Notice, to rank: Int) {
        meeting.mailbox(from: self.rank, to: rank).notices.withLock { $0.append(notice) }
    }

    func nextNotice() throws -> (notice: Notice, rank: Int)? {
        for sender in 0..<size {
            let mailbox = meeting.mailbox(from: sender, to: rank)
            if let notice = mailbox.notices.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                return (notice, sender)
            }
        }
        return nil
    }
}
