// The sums of gradients over processes, made while backward still computes other gradients.
internal import Basics
internal import Foundation

/// Sums the gradients of an update over the processes that split the weights.
///
/// The thread that computes gives the gradient of each weight as soon as it is complete in this process. A second thread
/// adds those of all processes, weight by weight in the order in which process 0 completes them. Each process keeps the
/// sums of its pieces. Memory falls from weight to weight.
///
/// Few gradients wait for the second thread: backward waits when there are too many, unless the exchange itself waits for
/// one that is not complete. Where the exchange takes longer than backward, that costs no time.
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
    private var givenElements = 0
    /// Whether the exchange waits for a gradient that was not given yet.
    private var isStarving = false
    /// What is complete: sums of pieces where processes split the weights.
    private var sums: Gradients
    /// For each weight whether this process has a gradient, then how many processes have one.
    private var uses: [Double]
    private var callSeconds = 0.0
    /// Seconds in which the computing thread waited.
    private var waitSeconds = 0.0
    private var outcome: Result<Void, any Error>?
    /// What a rehearsal has not exchanged yet.
    private var rehearsed: ArraySlice<[Int]> = []

    /// An exchange for one update.
    ///
    /// - Parameters:
    ///   - store: The weights; unless they are split over processes, gradients stay as they are given.
    ///   - bucketElements: Weights are exchanged together until they have so many elements, and about as many may wait;
    ///     16 MiB by default.
    ///   - agree: Is called before anything else is exchanged, possibly on another thread; what it throws ends the exchange.
    public init(
        _ store: ParameterStore, bucketElements: Int = 4 << 20, agree: @escaping @Sendable () throws -> Void
    ) {
        names = store.all.map(\.name)
        counts = store.all.map(\.elementCount)
        pieces = store.pieces
        sums = .none(store)
        uses = store.all.map { _ in 0 }
        (self.bucketElements, self.agree) = (bucketElements, agree)
    }

    // MARK: - The thread that computes

    /// Begins, when nothing can fail in this process any more.
    ///
    /// - Parameter places: For each weight when its gradient will be complete in this process, the highest first; nil
    ///   when there will be none.
    public func begin(_ places: [Int?]) {
        require(places.count == names.count, "GradientExchange: places of another model")
        self.places = places
        guard let pieces else { return end(Result { try calling(agree) }) }
        // A rehearsal is bound to its thread, and its world has no other processes to wait for.
        guard !isRehearsing else {
            let buckets = Result { try agreedBuckets(pieces.group) }
            if case .success(let buckets) = buckets { rehearsed = buckets[...] }
            return end(buckets.map { _ in })
        }
        // Backward makes no calls of the world, so one thread at a time does.
        let thread = Thread { [self] in
            end(
                Result {
                    for bucket in try agreedBuckets(pieces.group) { try exchange(bucket, pieces) }
                    try conclude(pieces.group)
                })
        }
        thread.name = "gradients"
        thread.start()
    }

    /// Gives the complete gradient of a weight in this process; nil when there is none.
    public func give(_ gradient: Tensor?, at index: Int) {
        let start = ContinuousClock.now
        condition.withLock {
            guard pieces != nil else { return sums.add(gradient, at: index) }
            while givenElements >= bucketElements, !isStarving, outcome == nil { condition.wait() }
            waitSeconds += (ContinuousClock.now - start) / .seconds(1)
            given[index] = .some(gradient)
            givenElements += gradient?.count ?? 0
            condition.broadcast()
        }
        guard isRehearsing, let pieces else { return }
        while let bucket = rehearsed.first, bucket.allSatisfy({ given[$0] != nil }) {
            let result = Result { try exchange(rehearsed.removeFirst(), pieces) }
            if case .failure = result { return end(result) }
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
        if isRehearsing, let pieces { try conclude(pieces.group) }
        let start = ContinuousClock.now
        return try condition.withLock {
            while outcome == nil { condition.wait() }
            try outcome?.get()
            waitSeconds += (ContinuousClock.now - start) / .seconds(1)
            defer { sums = Gradients(names: names, tensors: names.map { _ in nil }) }
            return (sums, pieces == nil ? 0 : max(0, callSeconds - waitSeconds))
        }
    }

    // MARK: - The thread that exchanges

    private func end(_ result: Result<Void, any Error>) {
        condition.withLock {
            outcome = result
            condition.broadcast()
        }
    }

    private func take(_ index: Int) -> Tensor? {
        condition.withLock {
            while true {
                if let gradient = given.removeValue(forKey: index) {
                    isStarving = false
                    givenElements -= gradient?.count ?? 0
                    condition.broadcast()
                    return gradient
                }
                isStarving = true
                condition.broadcast()
                condition.wait()
            }
        }
    }

    /// The weights that any process uses in the order in which process 0 completes them, those that are exchanged together
    /// as one list: a call takes a few milliseconds before bytes flow.
    private func agreedBuckets(_ group: any ProcessGroup) throws -> [[Int]] {
        try calling(agree)
        // How many processes use a weight, and its place in process 0.
        var facts = places.map { $0 == nil ? 0.0 : 1.0 }
        facts += places.map { group.rank == 0 ? Double($0 ?? -1) : 0 }
        try calling { try group.sum(&facts) }
        let order = Array(facts.suffix(names.count))
        let used = names.indices.filter { facts[$0] > 0 }
        var (buckets, room) = ([[Int]](), 0)
        for index in used.sorted(by: { (order[$0], $0) > (order[$1], $1) }) {
            if room <= 0 { (buckets, room) = (buckets + [[]], bucketElements) }
            buckets[buckets.count - 1].append(index)
            room -= counts[index]
        }
        return buckets
    }

    private func exchange(_ bucket: [Int], _ pieces: WeightPieces) throws {
        let addends = bucket.map { index in
            let gradient = take(index)
            uses[index] = gradient == nil ? 0 : 1
            // x + -0 has the bits of x, also where x is -0.
            return (gradient ?? Tensor(repeating: -0.0, shape: [counts[index]])).unshared()
        }
        try calling {
            try pieces.group.reduceScatter(
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

    /// Drops the sums of weights that forward used and no loss depends on.
    private func conclude(_ group: any ProcessGroup) throws {
        try calling { try group.sum(&uses) }
        condition.withLock {
            for index in names.indices where uses[index] == 0 { _ = sums.take(index) }
        }
    }

    private func calling(_ body: () throws -> Void) rethrows {
        let start = ContinuousClock.now
        try body()
        callSeconds += (ContinuousClock.now - start) / .seconds(1)
    }
}
