// Messages between processes.
internal import CMPI
internal import Glibc

/// Messages through Open MPI.
struct MPILink: Link {
    struct Transfer {
        var request: MPI_Request?
        let isReceive: Bool
    }

    let rank, size: Int
    private let neighbors: Neighbors

    /// Parameters of Open MPI, unless the user gives them.
    ///
    /// By default messages over TCP are written whole, and what the receiver asks for waits behind them: an exchange
    /// in both directions has half of the link's speed. In pieces it has all of it (docs/scale.md).
    private static let preferences = ["btl_tcp_flags": "send", "btl_tcp_max_send_size": "524288"]

    /// Joins the other processes.
    init() throws {
        for (name, value) in Self.preferences { setenv("OMPI_MCA_\(name)", value, 0) }
        var (rank, size, level) = (Int32(0), Int32(0), Int32(0))
        try Self.check(r1_mpi_start(&rank, &size, &level))
        guard r1_mpi_is_serialized(level) != 0 else {
            throw WorldError.transport("this build of Open MPI takes calls from one thread only")
        }
        (self.rank, self.size) = (Int(rank), Int(size))
        neighbors = try Neighbors(rank: self.rank, size: self.size)
    }

    static func check(_ code: Int32) throws {
        guard code != MPI_SUCCESS else { return }
        var text = [CChar](repeating: 0, count: Int(R1_MPI_TEXT) + 1)
        r1_mpi_text(code, &text)
        throw WorldError.transport(
            String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws -> Transfer {
        var request: MPI_Request?
        try Self.check(
            r1_mpi_send(bytes.baseAddress, Int32(bytes.count), Int32(rank), Int32(R1_MPI_DATA), &request))
        return Transfer(request: request, isReceive: false)
    }

    func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws -> Transfer {
        var request: MPI_Request?
        try Self.check(
            r1_mpi_receive(bytes.baseAddress, Int32(bytes.count), Int32(rank), Int32(R1_MPI_DATA), &request))
        return Transfer(request: request, isReceive: true)
    }

    func state(of transfer: inout Transfer) throws -> TransferState {
        var (done, count) = (Int32(0), Int32(0))
        let code = r1_mpi_test(&transfer.request, &done, &count)
        guard r1_mpi_is_truncation(code) == 0 else { return .tooLong }
        try Self.check(code)
        return done != 0 ? .complete(byteCount: Int(count)) : .running
    }

    func abandon(_ transfer: inout Transfer) {
        r1_mpi_abandon(&transfer.request, transfer.isReceive ? 1 : 0)
    }

    func readsMemory(of rank: Int) -> Bool { neighbors.readsMemory(of: rank) }

    func copyMemory(of rank: Int, at address: UInt, to bytes: UnsafeMutableRawBufferPointer) throws {
        try neighbors.copyMemory(of: rank, at: address, to: bytes)
    }

    func send(_ notice: Notice, to rank: Int) throws {
        try Self.check(r1_mpi_notify(Int32(notice.rawValue), Int32(rank)))
    }

    func nextNotice() throws -> (notice: Notice, rank: Int)? {
        var sender: Int32 = -1
        try Self.check(r1_mpi_find(Int32(R1_MPI_NOTICE), &sender))
        guard sender >= 0 else { return nil }
        var byte: UInt8 = 0
        try Self.check(r1_mpi_take(&byte, 1, sender, Int32(R1_MPI_NOTICE)))
        guard let notice = Notice(rawValue: byte) else {
            throw WorldError.transport("process \(sender) sent the unknown notice \(byte)")
        }
        return (notice, Int(sender))
    }
}
