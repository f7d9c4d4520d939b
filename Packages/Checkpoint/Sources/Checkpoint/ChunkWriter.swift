// Compresses a tensor on all cores while its chunks are hashed and written in their order.
internal import CChunks
internal import CHDF5
import Dispatch
import Foundation
internal import Synchronization

/// Stores tensors as compressed chunks; holds one compressor for each core, which is all the memory it needs.
struct ChunkWriter {
    private let compressors: [ChunkCompressor]

    init() throws {
        compressors = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in try ChunkCompressor()
        }
    }

    /// Writes all chunks of a tensor into its data set and returns the hash of its bytes.
    func write(_ bytes: UnsafeRawBufferPointer, _ grid: ChunkGrid, into set: hid_t) throws -> String {
        // The workers only read the bytes, and all are done before this function returns.
        nonisolated(unsafe) let shared = unsafe bytes
        @Sendable func chunk(_ number: Int) -> UnsafeRawBufferPointer {
            unsafe UnsafeRawBufferPointer(rebasing: shared[grid.range(number)])
        }
        let hash = Mutex(RunningHash())
        unsafe try pipelined(grid.count, workers: compressors) { number in
            hash.withLock { unsafe $0.update(chunk(number)) }
        } work: { compressor, number in
            unsafe try compressor.compress(chunk(number), of: grid)
        } last: { number, packed in
            r1_h5_prepare()
            let origin = grid.origin(number).map { hsize_t($0) }
            let result = unsafe r1_h5_write_chunk(set, origin, packed.baseAddress, packed.count)
            guard result >= 0 else { throw ChunkProblem(message: HDF5.message()) }
        }
        return hash.withLock { $0.hexadecimal }
    }
}

/// Runs three steps for each number from 0: `first` in order, `work` on all cores, `last` in order again.
///
/// A worker starts the next number only when it is through with the last one, so no more products exist at a time
/// than there are workers. Throws the first error, after which no further step begins.
func pipelined<Worker: Sendable, Product>(
    _ count: Int, workers: [Worker], first: @Sendable (Int) -> Void,
    work: @Sendable (Worker, Int) throws -> Product, last: @Sendable (Int, Product) throws -> Void
) throws {
    let next = Mutex(0)
    let turns = Turns()
    DispatchQueue.concurrentPerform(iterations: min(workers.count, count)) { index in
        while !turns.isOver {
            let taken = next.withLock { next -> Int? in
                guard next < count else { return nil }
                first(next)
                next += 1
                return next - 1
            }
            guard let number = taken else { return }
            turns.attempt(number) {
                try work(workers[index], number)
            } then: {
                try last(number, $0)
            }
        }
    }
    if let failure = turns.failure { throw failure }
}

/// Lets numbered workers through one after another, until one of them fails.
///
/// Sendable is sound because everything that changes is read and written under the condition's lock.
private final class Turns: @unchecked Sendable {
    private let condition = NSCondition()
    private var turn = 0
    private var error: (any Error)?

    var failure: (any Error)? { condition.withLock { error } }
    var isOver: Bool { failure != nil }

    /// Runs `body` at once and `then` when it is this number's turn.
    func attempt<Product>(
        _ number: Int, _ body: () throws -> Product, then: (Product) throws -> Void
    ) {
        do {
            let product = try body()
            guard waits(for: number) else { return }
            try then(product)
            advance(nil)
        } catch {
            advance(error)
        }
    }

    /// Waits for a number's turn; false when someone has failed.
    private func waits(for number: Int) -> Bool {
        condition.withLock {
            while turn != number, error == nil { condition.wait() }
            return error == nil
        }
    }

    private func advance(_ failure: (any Error)?) {
        condition.withLock {
            turn += 1
            error = error ?? failure
            condition.broadcast()
        }
    }
}
