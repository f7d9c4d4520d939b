// Rounds of shared work: batches in order, stops that all members agree on, and inputs that must be equal.
import Collectives
import Testing

@Suite("Work shared in rounds")
struct SharedWorkTests {
    private struct Stop: Error { let signal: Int32 }
    private struct Failure: Error, Equatable {}

    /// What member 0 gets of `count` batches, each with its number, and the signal that ended a member's rounds.
    private func rounds(
        _ size: Int, count: Int, failing: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) throws -> (written: [UInt8], signals: [Int32?]) {
        let ends = try ThreadWorld.run(size) { world -> ([UInt8], Int32?) in
            var written: [UInt8] = []
            for start in stride(from: 0, to: count, by: world.size) {
                let own = start + world.rank
                let end = try world.round(stop: { ($0 as? Stop)?.signal }) {
                    guard own < count else { return [] }
                    try failing(own)
                    return [UInt8](repeating: UInt8(own), count: own % 3)
                }
                switch end {
                case .made(let batches):
                    #expect(batches.count == (world.rank == 0 ? world.size : 0))
                    written += batches.joined()
                case .stopped(let signal): return (written, signal)
                }
            }
            return (written, nil)
        }
        #expect(ends.dropFirst().allSatisfy { $0.0.isEmpty })
        return (ends[0].0, ends.map(\.1))
    }

    @Test("Member 0 gets the batches of one process, in the same order", arguments: [0, 1, 5, 8, 11])
    func order(_ count: Int) throws {
        let alone = try rounds(1, count: count)
        #expect(alone.written.count == (0..<count).reduce(0) { $0 + $1 % 3 })
        for size in [2, 4] { #expect(try rounds(size, count: count).written == alone.written) }
    }

    @Test("A member that is asked to stop stops all of them after the same round, with one signal")
    func stopped() throws {
        for size in [1, 2, 4] {
            let end = try rounds(size, count: 12) { if $0 >= 5 { throw Stop(signal: $0 == 5 ? 15 : 2) } }
            let whole = 5 / size * size
            #expect(end.written == (0..<whole).flatMap { [UInt8](repeating: UInt8($0), count: $0 % 3) })
            #expect(end.signals == Array(repeating: 15, count: size))
        }
    }

    @Test("Another error is thrown as it is")
    func failed() throws {
        #expect(throws: Failure()) { try rounds(4, count: 12) { if $0 == 6 { throw Failure() } } }
    }

    @Test("Members learn what member 0 knows, and one that reads something else says so")
    func agreement() throws {
        #expect(try ThreadWorld.run(4) { try $0.fromFirst($0.rank == 0 ? 7 : nil) } == [7, 7, 7, 7])
        #expect(try ThreadWorld.run(2) { try $0.agreedStop(nil) } == [nil, nil])
        #expect(try ThreadWorld.run(2) { try $0.agreedStop($0.rank == 0 ? nil : 15) } == [15, 15])
        _ = try ThreadWorld.run(4) { try $0.requireSame([1, 2], "the rows") }
        #expect(throws: WorldError.different("the rows")) {
            try ThreadWorld.run(4) { try $0.requireSame($0.rank == 2 ? [1, 2, 3] : [1, 2], "the rows") }
        }
    }
}
