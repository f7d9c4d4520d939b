// The sums of gradients over processes, made while backward still computes other gradients.
internal import Basics
internal import Foundation

/// Sums the gradients of an update over the processes that split the weights.
///
/// The thread that computes gives the gradient of each weight as soon as it is complete in this process. A second thread
/// adds those of all processes, weight by weight in the order in which process 0 completes them. Each process keeps the
/// sums of its pieces. Memory falls from weight to weight.
///
/// `@unchecked Sendable` holds because what both threads change is accessed under the condition's lock. The places are set
/// before the second thread begins; it alone counts its seconds, which are read after its end.
public final class GradientExchange: @unchecked Sendable {
    private let names: [String]
    private let counts: [Int]
    private let pieces: WeightPieces?
    private let bucketElements: Int
    private let agree: @Sendable () throws -> Void
    private var places: [Int?] = []
    private let condition = NSCondition()
    /// What the computing thread gave and the other one has not taken yet.
    private var given: [Int: Tensor?] = [:]
    /// What is complete: sums of pieces where processes split the weights.
    private var sums: Gradients
    private var callSeconds = 0.0
    private var outcome: Result<Void, any Error>?

    /// An exchange for one update.
    ///
    /// - Parameters:
    ///   - store: The weights; unless they are split over processes, gradients stay as they are given.
    ///   - bucketElements: Weights are exchanged together until they have so many elements; 16 MiB by default.
    ///   - agree: Is called before anything else is exchanged, possibly on another thread; what it throws ends the exchange.
    public init(
        _ store: ParameterStore, bucketElements: Int = 4 << 20, agree: @escaping @Sendable () throws -> Void
    ) {
        names = store.all.map(\.name)
        counts = store.all.map(\.elementCount)
        pieces = store.pieces
        sums = .none(store)
        (self.bucketElements, self.agree) = (bucketElements, agree)
    }

    /// Begins, when nothing can fail in this process any more.
    ///
    /// - Parameter places: For each weight when its gradient will be complete in this process, the highest first; nil
    ///   when there will be none.
    public func begin(_ places: [Int?]) {
        require(places.count == names.count, "GradientExchange: places of another model")
        self.places = places
        guard pieces != nil else { return run() }
        // A rehearsal is bound to its thread.
        if isRehearsing { return }
        // Backward makes no calls of the world, so one thread at a time does.
        let thread = Thread { [self] in run() }
        thread.name = "gradients"
        thread.start()
    }

    /// Gives the complete gradient of a weight in this process; nil when there is none.
    public func give(_ gradient: Tensor?, at index: Int) {
        condition.withLock {
            if pieces == nil { sums.add(gradient, at: index) } else { given[index] = .some(gradient) }
            condition.signal()
        }
    }

    /// Begins and gives no gradient of any weight.
    public func giveNothing() {
        begin(names.map { _ in nil })
        for index in names.indices { give(nil, at: index) }
    }

    /// Waits for the end, after all gradients were given.
    ///
    /// - Returns: The sums, of this process's pieces where processes split the weights; nil for weights that no process
    ///   has a gradient of. And the seconds of communication that ran beside backward.
    /// - Throws: What `agree` or the exchange throws.
    public func finish() throws -> (gradients: Gradients, hiddenSeconds: Double) {
        if isRehearsing, pieces != nil { run() }
        let start = ContinuousClock.now
        return try condition.withLock {
            while outcome == nil { condition.wait() }
            try outcome?.get()
            let waited = (ContinuousClock.now - start) / .seconds(1)
            defer { sums = Gradients(names: names, tensors: names.map { _ in nil }) }
            return (sums, pieces == nil ? 0 : max(0, callSeconds - waited))
        }
    }

    private func run() {
        let result = Result { try exchange() }
        condition.withLock {
            outcome = result
            condition.signal()
        }
    }

    private func take(_ index: Int) -> Tensor? {
        condition.withLock {
            while true {
                if let gradient = given.removeValue(forKey: index) { return gradient }
                condition.wait()
            }
        }
    }

    private func exchange() throws {
        try calling(agree)
        guard let pieces else { return }
        let group = pieces.group
        // How many processes use a weight, and its place in process 0.
        var facts = places.map { $0 == nil ? 0.0 : 1.0 }
        facts += places.map { group.rank == 0 ? Double($0 ?? -1) : 0 }
        try calling { try group.sum(&facts) }
        let (uses, order) = (facts.prefix(names.count), Array(facts.suffix(names.count)))
        let used = names.indices.filter { uses[$0] > 0 }
        var known = uses.map { _ in 0.0 }
        for bucket in buckets(of: used.sorted { (order[$0], $0) > (order[$1], $1) }) {
            let addends = bucket.map { index in
                let gradient = take(index)
                known[index] = gradient == nil ? 0 : 1
                // x + -0 has the bits of x, also where x is -0.
                return (gradient ?? Tensor(repeating: -0.0, shape: [counts[index]])).unshared()
            }
            try calling {
                try group.reduceScatter(
                    zip(bucket, addends).map { index, values in
                        (
                            UnsafeMutableBufferPointer(start: values.pointer, count: values.count),
                            pieces.ranges[index]
                        )
                    })
            }
            let own = zip(bucket, addends).map { $1.piece(pieces.own($0)) }
            condition.withLock {
                for (index, piece) in zip(bucket, own) { sums.add(piece, at: index) }
            }
        }
        // Forward may use weights that the loss does not depend on.
        try calling { try group.sum(&known) }
        condition.withLock {
            for index in names.indices where known[index] == 0 { _ = sums.take(index) }
        }
    }

    /// Weights that are exchanged together: a call takes a few milliseconds before bytes flow.
    private func buckets(of indices: [Int]) -> [[Int]] {
        var (buckets, room) = ([[Int]](), 0)
        for index in indices {
            if room <= 0 { (buckets, room) = (buckets + [[]], bucketElements) }
            buckets[buckets.count - 1].append(index)
            room -= counts[index]
        }
        return buckets
    }

    private func calling(_ body: () throws -> Void) rethrows {
        let start = ContinuousClock.now
        try body()
        callSeconds += (ContinuousClock.now - start) / .seconds(1)
    }
}
