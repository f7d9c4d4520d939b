// Processes of the same machine whose memory this one can read.
internal import CMPI
internal import CNeighbors
internal import Glibc

/// The processes with which this one exchanges large pieces from memory to memory.
///
/// The kernel copies, once (`process_vm_readv`). Systems may forbid it, and containers may give the same number to
/// other processes, so it is used where a trial has found the right bytes; elsewhere there are messages.
struct Neighbors {
    /// What a process shows of itself.
    private struct Card: BitwiseCopyable {
        var process: Int32 = 0
        var address: UInt64 = 0
        var secret: (UInt64, UInt64) = (0, 0)
    }

    /// The process ids, by rank.
    private let processes: [Int: Int32]

    /// Tries each partner of the tree; all processes call it together.
    init(rank: Int, size: Int) throws {
        var isNear = [UInt8](repeating: 0, count: size)
        try MPILink.check(r1_mpi_neighbors(Int32(rank), Int32(size), &isNear))
        var numbers = SystemRandomNumberGenerator()
        let secret = UnsafeMutablePointer<(UInt64, UInt64)>.allocate(capacity: 1)
        defer { secret.deallocate() }
        secret.initialize(to: (numbers.next(), numbers.next()))
        let own = Card(
            process: getpid(), address: UInt64(UInt(bitPattern: secret)), secret: secret.pointee)
        var processes: [Int: Int32] = [:]
        for bit in 0..<max(0, size.trailingZeroBitCount) {
            let partner = rank ^ 1 << bit
            guard (0..<size).contains(partner), isNear[partner] != 0 else { continue }
            let card = try Self.trade(own, with: partner)
            var found: (UInt64, UInt64) = (0, 0)
            let code = r1_copy_memory(card.process, card.address, &found, MemoryLayout.size(ofValue: found))
            // The memory is there until the partner has tried, too.
            let works: UInt8 = code == 0 && found == card.secret ? 1 : 0
            if try Self.trade(works, with: partner) == 1, works == 1 { processes[partner] = card.process }
        }
        self.processes = processes
    }

    private static func trade<Value: BitwiseCopyable>(_ own: Value, with partner: Int) throws -> Value {
        var (own, theirs) = (own, own)
        let count = Int32(MemoryLayout<Value>.size)
        try MPILink.check(r1_mpi_trade(&own, &theirs, count, Int32(partner), Int32(R1_MPI_DATA)))
        return theirs
    }

    func readsMemory(of rank: Int) -> Bool { processes[rank] != nil }

    func copyMemory(of rank: Int, at address: UInt, to bytes: UnsafeMutableRawBufferPointer) throws {
        let code = r1_copy_memory(processes[rank] ?? 0, UInt64(address), bytes.baseAddress, bytes.count)
        switch code {
        case 0: return
        // Its end ends all processes.
        case ESRCH, EFAULT: throw WorldError.ended(by: rank)
        default:
            throw WorldError.transport(
                "the memory of process \(rank) cannot be read: \(String(cString: strerror(code)))")
        }
    }
}
