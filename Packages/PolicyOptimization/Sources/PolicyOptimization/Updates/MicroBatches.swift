// What an update sums over its micro-batches: in order within a unit, units as a binary tree, then over the processes.
internal import Collectives
internal import Rollouts
internal import Synchronization
internal import TensorMath
internal import VisionLanguageModel

/// What an update sums over its micro-batches besides gradients.
protocol MicroBatchSums {
    /// The sums over no micro-batch.
    init()
    /// Adds the sums of the micro-batches that come after these.
    mutating func add(_ other: Self)
}

/// The micro-batches of a unit.
struct UnitBatches<Batch> {
    /// The unit, counted over all processes.
    let unit: Int
    let batches: [Batch]
}

/// The sums of an update.
struct UpdateTotals<Sums> {
    /// What the method sums, over this process's micro-batches.
    var sums: Sums
    /// The sums over all processes; where they split the weights, this process's pieces.
    var gradients: Gradients
    /// Seconds of communication that ran beside backward.
    var hiddenSeconds: Double
}

extension TrainingSetup {
    /// Runs the micro-batches of an update and sums their gradients over all processes.
    ///
    /// A gradient is added to its sum as soon as it is complete. The last backward pass of this process completes the
    /// sums, and each goes to the other processes while backward goes on.
    ///
    /// - Parameters:
    ///   - units: The micro-batches of this process's units.
    ///   - canStop: Whether a signal may end the update: not when the step has changed weights.
    ///   - rows: The rows of a micro-batch.
    ///   - forward: Computes the loss of a micro-batch, and adds to the sums.
    /// - Returns: The totals.
    /// - Throws: `MemoryError` before a pass that does not fit; what ends a phase of several processes, see
    ///   `World.together`.
    func totals<Batch, Sums: MicroBatchSums>(
        over units: [UnitBatches<Batch>], canStop: Bool = true, rows: (Batch) -> Int,
        _ forward: (Batch, inout Sums) throws -> Tensor
    ) throws -> UpdateTotals<Sums> {
        let interruption = canStop ? self.interruption : Interruption()
        return try together("gradients", interruption) { agree in
            let store = model.parameters
            let exchange = GradientExchange(store, agree: agree)
            var sums = TreeSum<Sums> { $0.add($1) }
            var gradients = TreeSum<Gradients> { $0.add($1) }
            let last = units.lastIndex { !$0.batches.isEmpty }
            for (place, unit) in units.enumerated() {
                var (own, known) = (Sums(), Gradients.none(store))
                for (number, batch) in unit.batches.enumerated() {
                    try interruption.check()
                    try model.requireMemory(
                        forBackwardOver: rows(batch), advice: "lower microBatchTokens")
                    let isLast = place == last && number == unit.batches.count - 1
                    // The sums have one owner, so that gradients are added to them in place.
                    var (parts, sum) = (isLast ? gradients.takeParts() : [], known)
                    known = .none(store)
                    try withDropout(inMicroBatch: unit.unit << 12 | number) {
                        try store.backward(adding: &sum) {
                            try forward(batch, &own)
                        } begin: {
                            if isLast { exchange.begin(parts.places(firstUses: $0)) }
                        } receive: { index, gradient in
                            if isLast {
                                exchange.give(parts.takeTotal(adding: gradient, at: index), at: index)
                            } else {
                                known.add(gradient, at: index)
                            }
                        }
                    }
                }
                sums.append(own)
                gradients.append(known)
            }
            if last == nil { exchange.giveNothing() }
            let (total, hiddenSeconds) = try exchange.finish()
            return UpdateTotals(
                sums: sums.takeTotal() ?? Sums(), gradients: total, hiddenSeconds: hiddenSeconds)
        }
    }

    /// Runs a phase in which all processes agree before they exchange anything, and that may go on after that.
    ///
    /// - Parameters:
    ///   - phase: Its name.
    ///   - interruption: Checked when they agree.
    ///   - body: Calls `agree`, from any thread, when nothing else of this process can fail; `agree` throws when another
    ///     process ends the phase.
    /// - Returns: What `body` returns.
    /// - Throws: As `World.together`.
    private func together<Result>(
        _ phase: String, _ interruption: Interruption,
        _ body: (_ agree: @escaping @Sendable () throws -> Void) throws -> Result
    ) throws -> Result {
        world.enter(phase: phase)
        let hasAgreed = Mutex(false)
        let world = world
        do {
            return try body {
                hasAgreed.withLock { $0 = true }
                try world.together(phase, interruption) {}
            }
        } catch  where !hasAgreed.withLock({ $0 }) {
            return try world.together(phase, interruption) { throw error }
        }
    }

    /// Runs a pass over a micro-batch of the next update, with dropout where changes of low rank have it.
    private func withDropout(inMicroBatch number: Int, _ pass: () throws -> Void) rethrows {
        let place = UInt64(optimizerStep.optimizer.stepCount) << 20 | UInt64(number)
        try TensorMath.withDropout(seed: (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 ^ place, pass)
    }
}

extension [Gradients] {
    /// When the sums of all parts and of a last backward pass will be complete, the highest first; nil for those that
    /// will be none.
    func places(firstUses: [Int?]) -> [Int?] {
        firstUses.enumerated().map { index, place in
            place ?? (contains { $0.tensors[index] != nil } ? .max : nil)
        }
    }

    /// Takes the sum of all parts and of a last gradient out: each part is added to the sum of what comes after it.
    mutating func takeTotal(adding last: Tensor?, at index: Int) -> Tensor? {
        var total = last
        for part in indices.reversed() {
            self[part].add(total, at: index)
            total = self[part].take(index)
        }
        return total
    }
}
