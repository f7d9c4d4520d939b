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

/// Takes items some at a time, transforms them on all threads, and finishes them in the order in which they came.
///
/// One thread reads further items while the others still have some to transform.
///
/// - Parameters:
///   - next: Gives the next items, none after the last ones; one thread at a time calls it.
///   - transform: Is called once for each item, from several threads.
///   - finish: Takes the results in order; one thread at a time calls it, possibly while another one calls `next`.
/// - Throws: The first error in the order of the items, after the items before it are finished.
public func inOrder<Item: Sendable, Product: Sendable>(
    next: () throws -> [Item], transform: @Sendable (Item) throws -> Product, finish: (Product) throws -> Void
) throws {
    // One thread at a time runs each step, and all threads have ended when this function returns.
    try withoutActuallyEscaping(next) { next in
        try withoutActuallyEscaping(finish) { finish in
            let (queue, finish) = (ItemQueue(next), LoneStep(finish))
            let order = Order()
            DispatchQueue.concurrentPerform(iterations: pipelineThreads) { _ in
                while order.failure == nil, let (number, item) = queue.take() {
                    let product = Result { try transform(item.get()) }
                    do { try order.pass(.first, number) { try finish.run(product.get()) } } catch {
                        order.fail(error)
                    }
                }
            }
            if let failure = order.failure { throw failure }
        }
    }
}

/// Items that were read and not yet taken.
///
/// `@unchecked Sendable` holds because all mutable state is accessed under the condition's lock, and one thread at a time
/// calls `next`.
private final class ItemQueue<Item: Sendable>: @unchecked Sendable {
    /// With fewer items than this, a thread reads further ones before it takes its next item.
    private static var fewest: Int { 32 }

    private let next: () throws -> [Item]
    private let condition = NSCondition()
    private var items: ArraySlice<Result<Item, any Error>> = []
    private var number = 0
    private var isReading = false
    private var isAtEnd = false

    init(_ next: @escaping () throws -> [Item]) { self.next = next }

    /// The next item with its number, or the error in its place; nil after the last one.
    func take() -> (number: Int, item: Result<Item, any Error>)? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if !isAtEnd, !isReading, items.count < Self.fewest {
                read()
            } else if let item = items.popFirst() {
                defer { number += 1 }
                return (number, item)
            } else if isReading {
                condition.wait()
            } else {
                return nil
            }
        }
    }

    /// Reads without the lock, so that other threads can take items.
    private func read() {
        isReading = true
        condition.unlock()
        let found = Result { try next() }
        condition.lock()
        isReading = false
        switch found {
        case .success(let more):
            isAtEnd = more.isEmpty
            items += more.map { .success($0) }
        case .failure(let error):
            isAtEnd = true
            items.append(.failure(error))
        }
        condition.broadcast()
    }
}

/// A step that one thread at a time runs.
///
/// `@unchecked Sendable` holds because a gate lets one thread at a time through.
private struct LoneStep<Input>: @unchecked Sendable {
    let run: (Input) throws -> Void
    init(_ run: @escaping (Input) throws -> Void) { self.run = run }
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
