// Parallel loops for the whole project, and the number of threads that they use.
internal import Dispatch
internal import Foundation
internal import Synchronization

/// The number of threads that kernels and products use.
public enum Threads {
    private static let chosen = Atomic<Int>(0)
    private static let sharers = Atomic<Int>(1)
    private static let processorCount = ProcessorCount.available

    /// The number set by `set`, else one per physical core that this process may use, divided among the processes that
    /// share them.
    public static var count: Int {
        let value = chosen.load(ordering: .relaxed)
        return value > 0 ? value : max(1, processorCount / sharers.load(ordering: .relaxed))
    }

    /// Divides the cores among several processes of this machine, unless this one is bound to some of them.
    public static func share(processorsWith processes: Int) {
        require(processes > 0, "Threads.share: \(processes) processes")
        sharers.store(ProcessorCount.isBound ? 1 : processes, ordering: .relaxed)
    }

    /// Sets the number of threads; at least 1.
    ///
    /// Zero restores the default, one per physical core.
    public static func set(_ count: Int) {
        require(count >= 0, "Threads.set: \(count) is negative")
        chosen.store(count, ordering: .relaxed)
    }
}

/// Runs `body` over slices of `0..<count`, on all threads if there is enough work.
///
/// Slices have at least `grain` indices. The cut depends only on `count`, `grain` and the number of threads,
/// so results are reproducible bit for bit.
///
/// - Parameters:
///   - count: Number of indices.
///   - grain: The fewest indices that are worth another thread; at least 1.
///   - body: Called once per slice, possibly from several threads; must only touch its own slice.
public func inParallel(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    guard count > 0 else { return }
    let slices = min(Threads.count, max(1, count / max(1, grain)))
    guard slices > 1 else { return body(0..<count) }
    withoutActuallyEscaping(body) { body in
        let shared = SliceBody(body)
        DispatchQueue.concurrentPerform(iterations: slices) { slice in
            shared.run(count * slice / slices..<count * (slice + 1) / slices)
        }
    }
}

/// Runs `body(item)` for every item.
///
/// Threads take items one at a time, which suits work of uneven size.
public func forEachInParallel(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1, Threads.count > 1 else {
        for item in 0..<max(0, count) { body(item) }
        return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
        let shared = SliceBody { body($0.lowerBound) }
        DispatchQueue.concurrentPerform(iterations: min(count, Threads.count)) { _ in
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard item < count else { return }
                shared.run(item..<item + 1)
            }
        }
    }
}

/// Calls `body` for the numbers `0..<count` on all threads and returns the results in order.
///
/// - Parameters:
///   - count: Number of calls; 0 gives an empty array.
///   - body: Called once per number, possibly from several threads.
/// - Returns: The results of all calls.
/// - Throws: The first error in the order of the numbers.
public func parallelMap<R: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> R) throws -> [R] {
    let results = Mutex<[Int: Result<R, any Error>]>([:])
    forEachInParallel(count) { number in
        let result = Result { try body(number) }
        results.withLock { $0[number] = result }
    }
    let all = results.withLock { $0 }
    return try (0..<count).compactMap { try all[$0]?.get() }
}

/// Calls `body` as `parallelMap(_:_:)` does, for the numbers with the largest `size` first.
///
/// So no thread is left alone with a large item at the end.
public func parallelMap<R: Sendable>(
    _ count: Int, largestFirst size: (Int) -> Int, _ body: @Sendable (Int) throws -> R
) throws -> [R] {
    let sizes = (0..<count).map(size)
    let order = (0..<count).sorted { (sizes[$0], $1) > (sizes[$1], $0) }
    let results = try parallelMap(count) { try body(order[$0]) }
    return zip(order, results).sorted { $0.0 < $1.0 }.map(\.1)
}

/// Passes a closure to `concurrentPerform`, which returns after all calls have ended.
///
/// `@unchecked Sendable` holds because callers pass bodies that write to disjoint slices only.
private struct SliceBody: @unchecked Sendable {
    let run: (Range<Int>) -> Void
    init(_ run: @escaping (Range<Int>) -> Void) { self.run = run }
}
