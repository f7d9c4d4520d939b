// Why members of a world cannot go on together.

/// Why a call of a ``World`` failed.
public enum WorldError: Error, Equatable, CustomStringConvertible {
    /// The number of members is not a power of two.
    case memberCount(Int)
    /// A member waited longer than the limit.
    case late(LateMember)
    /// Member `rank` failed and reports it; nothing is left to say here.
    case ended(by: Int)
    /// A member sent another number of bytes than this one waits for: they made different calls.
    ///
    /// `received` is nil for more than `expected`.
    case unequal(rank: Int, expected: Int, received: Int?)
    /// The transport failed, in its own words.
    case transport(String)
    /// A member has other inputs than member 0, named here.
    case different(String)
    /// What the launcher says about this process makes no sense, or disagrees with what the transport found.
    case launch(String)

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .memberCount(let count):
            let lower = count < 1 ? 1 : 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
            let choice = count < 1 ? "1, 2 or 4" : "\(lower) or \(2 * lower)"
            return
                "\(count) processes cannot work together: sums go through a binary tree, so their number must be a "
                + "power of two, such as \(choice)"
        case .late(let late): return late.description
        case .ended(let rank): return "process \(rank) ended the run; the reason is in its message"
        case .unequal(let rank, let expected, let received):
            return
                "process \(rank) sent \(received.map(String.init) ?? "more than \(expected)") bytes where "
                + "\(expected) were expected: the processes do not run the same program with the same settings"
        case .transport(let reason): return "MPI: \(reason)"
        case .different(let name):
            return
                "\(name): this process reads something else than process 0; the machines must have the same files"
        case .launch(let reason): return reason
        }
    }
}

/// A wait that took longer than the limit.
public struct LateMember: Error, Equatable, Sendable, CustomStringConvertible {
    /// A member and the machine that it runs on.
    public struct Member: Equatable, Sendable {
        /// Its number.
        public let rank: Int
        /// The name of its machine.
        public let host: String
    }

    /// The member that waited.
    public let waiting: Member
    /// The member that it waited for.
    public let awaited: Member
    /// Members that do not answer, `awaited` or those that it waits for itself; empty when all answer.
    public let silent: [Member]
    /// What the waiting member was doing.
    public let phase: String
    /// The call in which it waited.
    public let call: String
    /// The limit.
    public let limit: Duration

    /// One sentence for the user.
    public var description: String {
        func name(_ member: Member) -> String { "\(member.rank) on \(member.host)" }
        let answer =
            silent.isEmpty
            ? "all processes answer: they wait for one another, so they do not make the same calls"
            : "no answer from process \(silent.map(name).joined(separator: ", ")): it hangs, has ended, or computes "
                + "for longer than the limit, which --timeout raises"
        return
            "process \(name(waiting)) waited \(limit) for process \(name(awaited)) in phase \(phase) (\(call)); "
            + answer
    }
}
