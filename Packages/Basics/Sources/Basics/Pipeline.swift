// Work on numbered items by several threads, with steps that the items pass one after another.
internal import Dispatch
internal import Foundation
internal import Synchronization

/// How many threads work on a pipeline.
///
/// A thread that waits for its turn leaves a core idle. Two threads more than there are cores make up for that.
public var pipelineThreads: Int { Threads.count + 2 }

/// Calls `body` for each number from 0 on all workers; a worker takes the next number when it has finished
/// one.
///
/// - Parameters:
///   - count: Number of calls.
///   - workers: What each thread works with; there is one thread for each.
///   - body: Takes a worker, a number, and the gates that the numbers pass in order.
/// - Throws: The first error; after it no further number starts.
public func pipelined<Worker: Sendable>(
    _ count: Int, workers: [Worker], _ body: @Sendable (Worker, Int, Order) throws -> Void
) throws {
    let next = Atomic(0)
    let order = Order()
    DispatchQueue.concurrentPerform(iterations: min(workers.count, count)) { index in
        while order.failure == nil {
            let number = next.add(1, ordering: .relaxed).oldValue
            guard number < count else { return }
            do { try body(workers[index], number, order) } catch { order.fail(error) }
        }
    }
    if let failure = order.failure { throw failure }
}

/// Takes items one after another, transforms them on all threads, and finishes them in the order in which they came.
///
/// There are never more items in memory than threads.
///
/// - Parameters:
///   - next: Gives the next item, nil after the last one; one thread at a time calls it.
///   - transform: Is called once for each item, from several threads.
///   - finish: Takes the results in order; one thread at a time calls it, possibly while another one calls `next`.
/// - Throws: The first error in the order of the items, after the items before it are finished.
public func inOrder<Item: Sendable, Product: Sendable>(
    next: () throws -> Item?, transform: @Sendable (Item) throws -> Product, finish: (Product) throws -> Void
) throws {
    try withoutActuallyEscaping(next) { next in
        try withoutActuallyEscaping(finish) { finish in
            let (next, finish) = (GatedStep(next), GatedStep(finish))
            let isAtEnd = Atomic(false)
            do {
                try pipelined(.max, workers: Array(0..<pipelineThreads)) { _, number, order in
                    var item: Result<Item?, any Error> = .success(nil)
                    try order.pass(.first, number) {
                        guard !isAtEnd.load(ordering: .relaxed) else { return }
                        item = Result { try next.run(()) }
                        if case .success(.some) = item { return }
                        isAtEnd.store(true, ordering: .relaxed)
                    }
                    let product = Result { try item.get().map(transform) }
                    try order.pass(.second, number) {
                        guard let product = try product.get() else { throw AtEnd() }
                        try finish.run(product)
                    }
                }
            } catch is AtEnd {}
        }
    }
}

/// Ends a pipeline after its last item.
private struct AtEnd: Error {}

/// A step that only runs in a gate.
///
/// `@unchecked Sendable` holds because a gate lets one thread at a time through, and all threads have ended when the
/// pipeline returns.
private struct GatedStep<Input, Output>: @unchecked Sendable {
    let run: (Input) throws -> Output
    init(_ run: @escaping (Input) throws -> Output) { self.run = run }
}

/// Two gates that let numbered workers through one after another, until one of them fails.
///
/// Every number must pass each gate that it uses exactly once. Sendable is sound because all mutable state is
/// accessed under the condition's lock.
public final class Order: @unchecked Sendable {
    /// A place where numbers pass in their order.
    public enum Gate: Int { case first, second }

    private struct Stopped: Error {}
    private let condition = NSCondition()
    private var turns = [0, 0]
    private var error: (any Error)?

    /// The first error, or nil.
    var failure: (any Error)? { condition.withLock { error } }

    /// Waits for a number's turn and runs `body`; throws without running it when another number has failed.
    public func pass(_ gate: Gate, _ number: Int, _ body: () throws -> Void) throws {
        try condition.withLock {
            while turns[gate.rawValue] != number, error == nil { condition.wait() }
            if error != nil { throw Stopped() }
        }
        try body()
        condition.withLock {
            turns[gate.rawValue] += 1
            condition.broadcast()
        }
    }

    /// Stops all workers; the first error is kept.
    func fail(_ failure: any Error) {
        condition.withLock {
            error = error ?? failure
            condition.broadcast()
        }
    }
}
