// What happens to the others when a member fails, does not come, or makes other calls.
import Foundation
import Synchronization
import Testing

@testable import Collectives

@Suite("Members in trouble")
struct TroubleTests {
    private struct Failure: Error, Equatable {
        let rank: Int
    }

    private static func options(timeout: Duration) -> TreeWorld<ThreadLink>.Options {
        var options = TreeWorld<ThreadLink>.Options()
        options.timeout = timeout
        options.chunkByteCount = 64
        return options
    }

    @Test("The error of one member ends the waits of all others with the same error", arguments: [2, 4, 8])
    func failure(_ size: Int) throws {
        let seen = Mutex<[Failure]>([])
        #expect(throws: Failure(rank: size - 1)) {
            _ = try ThreadWorld.run(size) { world in
                do {
                    try world.barrier()
                    if world.rank == size - 1 { throw Failure(rank: world.rank) }
                    try world.barrier()
                } catch let error as Failure {
                    seen.withLock { $0.append(error) }
                    throw error
                }
            }
        }
        #expect(seen.withLock { $0 } == [Failure](repeating: Failure(rank: size - 1), count: size))
    }

    @Test("After the time limit an error names who waited, who does not answer, and the phase")
    func late() throws {
        let isOver = DispatchSemaphore(value: 0)
        let error = #expect(throws: WorldError.self) {
            var options = Self.options(timeout: .seconds(2))
            options.noticeTime = .seconds(3)
            _ = try ThreadWorld.run(4, options: options) { world in
                world.enter(phase: "update")
                guard world.rank != 3 else { return isOver.wait() }
                defer { isOver.signal() }
                var values = [1.0]
                // Member 0 waits for 2, which waits for 3.
                try world.sum(&values)
            }
        }
        guard case .late(let late) = error else {
            Issue.record("expected a late member, found \(String(describing: error))")
            return
        }
        #expect(late.silent == [LateMember.Member(rank: 3, host: "thread 3")])
        #expect(late.phase == "update" && late.call == "sum" && late.limit == .seconds(2))
        #expect(late.waiting.rank != 3 && late.awaited.rank != late.waiting.rank)
        #expect(late.description.contains("no answer from process 3 on thread 3"))
        #expect(late.description.contains("timeout"))
    }

    @Test("Members that wait for one another are told so")
    func crossed() throws {
        let error = #expect(throws: WorldError.self) {
            var options = Self.options(timeout: .seconds(2))
            options.noticeTime = .seconds(3)
            _ = try ThreadWorld.run(2, options: options) { world in
                world.enter(phase: "save")
                var bytes: [UInt8] = []
                try world.broadcast(&bytes, from: 1 - world.rank)
            }
        }
        guard case .late(let late) = error else {
            Issue.record("expected a late member, found \(String(describing: error))")
            return
        }
        #expect(late.silent.isEmpty && late.awaited.rank == 1 - late.waiting.rank)
        #expect(late.call == "broadcast" && late.description.contains("wait for one another"))
    }

    @Test("Members that send other numbers of values are found", arguments: [1, 40])
    func unequal(_ count: Int) throws {
        let error = #expect(throws: WorldError.self) {
            _ = try ThreadWorld.run(2, options: Self.options(timeout: .seconds(60))) { world in
                var values = [Double](repeating: 1, count: world.rank == 0 ? count : 2)
                try world.sum(&values)
            }
        }
        guard case .unequal = error else {
            Issue.record("expected unequal messages, found \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("do not run the same program") == true)
    }

    @Test("Members whose pieces differ are found before bytes are copied")
    func unequalPieces() throws {
        let error = #expect(throws: WorldError.self) {
            var options = Self.options(timeout: .seconds(60))
            options.directByteCount = 4
            // Here no member fails before both have each other's sizes.
            _ = try ThreadWorld.run(2, options: options, isDirect: true) { world in
                var values = [Float](repeating: 1, count: 100)
                let pieces = world.rank == 0 ? [0..<50, 50..<100] : [0..<40, 40..<100]
                try values.withUnsafeMutableBufferPointer { try world.reduceScatter([($0, pieces)]) }
            }
        }
        #expect(error?.description.contains("do not run the same program") == true)
    }

    @Test("Another number of members than a power of two is refused", arguments: [0, 3, 6, 12])
    func memberCount(_ count: Int) {
        let error = #expect(throws: WorldError.memberCount(count)) {
            _ = try ThreadWorld.run(count) { $0.rank }
        }
        let near = [0: "1, 2 or 4", 3: "2 or 4", 6: "4 or 8", 12: "8 or 16"][count] ?? ""
        #expect(error?.description.hasPrefix("\(count) processes") == true)
        #expect(error?.description.hasSuffix("such as \(near)") == true)
    }
}
