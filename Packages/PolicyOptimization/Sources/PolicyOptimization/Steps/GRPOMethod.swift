// GRPO: the step reads like the method. A group is its own baseline, so there is no value model.
internal import Basics
internal import Collectives
internal import Rewards
public import Rollouts
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// Group-relative policy optimization (Shao et al., DeepSeekMath, 2024) under the mixed reward.
public struct GRPOMethod: TrainingMethod {
    let setup: TrainingSetup
    let options: GRPOOptions
    let sampler: RolloutSampler
    /// The policy to compare with; nil when β is 0.
    private let reference: ReferencePolicy?
    private(set) var state = GRPOState()

    /// The method over a run's parts.
    ///
    /// - Parameters:
    ///   - setup: The parts that all methods use.
    ///   - options: Settings.
    ///   - sampler: Answers questions with the model that is trained, and scores the answers.
    ///   - reference: The policy to compare with; nil when β is 0.
    public init(
        _ setup: TrainingSetup, options: GRPOOptions, sampler: RolloutSampler, reference: ReferencePolicy?
    ) {
        (self.setup, self.options) = (setup, options)
        (self.sampler, self.reference) = (sampler, reference)
    }

    /// The state after the last completed step.
    public var saved: MethodState {
        get { MethodState(grpo: state) }
        set { state = newValue.grpo ?? GRPOState() }
    }

    /// Makes one step: answers questions, scores the answers, and updates the weights.
    ///
    /// In bfloat16 all passes compute row by row, so that the sampler and the update agree on every token's probability.
    public mutating func step(_ step: Int) throws -> StepRecord {
        guard setup.model.head.computeType == .bfloat16 else { return try makeStep(step) }
        return try withRowwiseProducts { try makeStep(step) }
    }

    private mutating func makeStep(_ step: Int) throws -> StepRecord {
        var (time, next) = (PhaseTimer(), state)
        let rollouts = try self.rollouts(of: step, &next, &time)
        let groups = rollouts.trained.map { AnswerGroup($0, options) }
        var updates = try pack(groups.map(\.policyGroup), at: rollouts.places)
        try time("reference") { try addLogProbabilities(to: &updates) }
        let advantages = try self.advantages(of: groups, rollouts.places, updates, &next)
        set(zip(groups, advantages).flatMap { $0.counted($1) }, in: &updates)
        var record = StepRecord()
        for (number, batches) in updates.enumerated() {
            let share = groups.indices.filter { rollouts.places[$0].update == number }
            let part = UpdatePart(
                number: number, groups: share.map { groups[$0] },
                advantages: share.map { advantages[$0] },
                batches: batches, before: state, after: next)
            try update(part, step, &record, &time)
        }
        state = next
        let own = try StepShare(
            made: rollouts.all,
            trained: zip(rollouts.trained.indices, advantages).map {
                (rollouts.trained[$0], rollouts.places[$0].update, $1)
            }, seconds: time.seconds)
        return try describe(setup.world.gathered(own), record, step: step)
    }

    // MARK: - The parts of a step

    /// The micro-batches of each update; none of them has groups of two units.
    ///
    /// - Parameters:
    ///   - groups: The groups, in the order of their places.
    ///   - places: The update and the unit of each group.
    /// - Returns: The micro-batches, in the order of the groups.
    /// - Throws: When a process cannot be reached.
    func pack(_ groups: [PolicyGroup], at places: [UnitPlace]) throws -> [[PolicyBatch]] {
        let units = try StepUnits(options.units, setup.world)
        return try (0..<options.updatesPerRollout).map { update in
            let share = zip(groups, places).filter { $1.update == update }
            var weights = try tokenWeights(
                lengths: share.flatMap { $0.0.answers.map(\.count) }, aggregation: options.loss.aggregation,
                maxNewTokens: options.maxNewTokens, world: setup.world)[...]
            return units.own.flatMap { unit in
                let members = share.filter { $1.unit == unit }.map(\.0)
                let count = members.reduce(0) { $0 + $1.answers.count }
                defer { weights = weights.dropFirst(count) }
                return PolicyBatch.pack(
                    members, weights: Array(weights.prefix(count)), rowLimit: setup.microBatchTokens,
                    unit: unit)
            }
        }
    }

    /// Adds the reference's log-probabilities and, where an update needs them, the policy's own; masks the tokens of
    /// each update whose advantages do not count.
    func addLogProbabilities(to updates: inout [[PolicyBatch]]) throws {
        updates = try setup.together("reference") { [updates] in
            try updates.map { try $0.map(withLogProbabilities) }
        }
        guard options.loss.needsEntropies else { return }
        for index in updates.indices {
            let least = try threshold(
                of: updates[index].flatMap(\.entropies), share: options.loss.entropyShare, world: setup.world)
            for batch in updates[index].indices { updates[index][batch].maskTokens(below: least) }
        }
    }

    private func withLogProbabilities(_ batch: PolicyBatch) throws -> PolicyBatch {
        var batch = batch
        try setup.interruption.check()
        switch reference {
        case .model(let model): batch.setReference(logProbabilities(model, batch).values.elements)
        case .withoutChanges:
            let tokens = withoutLowRankChanges { logProbabilities(setup.model, batch) }
            batch.setReference(tokens.values.elements)
        case nil: break
        }
        if options.updatesPerRollout > 1 || options.loss.needsEntropies {
            let tokens = logProbabilities(setup.model, batch)
            batch.setOld(tokens.values.elements, entropies: tokens.entropies.elements)
        }
        return batch
    }

    /// The advantages of all answers of the groups.
    private func advantages(
        of groups: [AnswerGroup], _ places: [UnitPlace], _ updates: [[PolicyBatch]],
        _ state: inout GRPOState
    ) throws -> [[Double]] {
        var rewarded = groups.map(\.rewarded)
        if options.loss.klPlace == .reward, reference != nil {
            var rest = updates.joined().flatMap { $0.distances(options.loss.klEstimator) }[...]
            for (index, group) in groups.enumerated() {
                rewarded[index] = group.rewarded(distances: &rest, weight: options.loss.klCoefficient)
            }
        }
        for (index, place) in places.enumerated() { rewarded[index].unit = place.unit }
        let units = try StepUnits(options.units, setup.world).own
        if options.advantages.scaling == .taskEMA {
            try state.spread.add(
                rewarded, tasks: setup.tasks, decay: options.advantages.decay, units: units,
                world: setup.world)
        }
        return try groupAdvantages(
            rewarded, options.advantages, spread: state.spread, units: units, world: setup.world)
    }

    func set(_ advantages: [Double], in updates: inout [[PolicyBatch]]) {
        var rest = advantages[...]
        for update in updates.indices {
            for batch in updates[update].indices { updates[update][batch].takeAdvantages(&rest) }
        }
    }

    private func logProbabilities(_ model: LanguageModel, _ batch: PolicyBatch) -> TokenLogProbabilities {
        model.logProbabilities(
            batch.batch, temperature: Float(options.temperature), banned: sampler.bannedTokenIDs)
    }

    /// Makes one update from its micro-batches; its metrics replace those of an earlier one.
    private func update(
        _ part: UpdatePart, _ step: Int, _ record: inout StepRecord, _ time: inout PhaseTimer
    ) throws {
        let totals = try time("update") { try self.totals(over: part.batches, canStop: part.number == 0) }
        if setup.world.size > 1 { time.add(totals.hiddenSeconds, to: "communication_hidden") }
        var sums = totals.sums
        try sums.shareStatistics(setup.world)
        // Later updates of the step have other weights than the sampler had.
        record.metrics["sampling_gap/max"] = record.metrics["sampling_gap/max"] ?? sums.gap
        let rows = sums.bad ?? Self.rows(of: part.batches)
        record.metrics.merge(
            describe(sums.statistics, entropy: sums.entropy, hasReference: reference != nil)
        ) { $1 }
        try time("update") {
            let (metrics, notice) = try setup.update(
                totals.gradients, loss: sums.statistics.loss, step: step, rows: rows
            ) { dump(part, sums, $0, step: step, problem: $1, badWeight: $2) }
            record.metrics.merge(metrics) { $1 }
            if let notice { record.notices.append(notice) }
            let hasMoved = try syncReference()
            guard options.referenceSync.every > 0 else { return }
            record.metrics["reference_sync", default: 0] += hasMoved ? 1 : 0
        }
    }

    /// Moves the reference toward the policy when the last update makes it due.
    ///
    /// - Returns: Whether it moved.
    /// - Throws: When a process cannot be reached.
    func syncReference() throws -> Bool {
        let step = setup.optimizerStep
        guard let reference, step.skippedInARow == 0 else { return false }
        return try reference.follow(setup.model, options.referenceSync, updates: step.optimizer.stepCount)
    }

    /// What an update sums over its micro-batches.
    struct UpdateSums: MicroBatchSums {
        var statistics = LossStatistics()
        var entropy = 0.0
        /// The log-probabilities of each micro-batch's tokens.
        var logProbabilities: [[Float]] = []
        /// The label of the first answer with a log-probability that is not finite.
        var bad: String?
        /// The largest difference between log-probabilities of the trainer and of the sampler.
        var gap = 0.0

        /// Adds the sums of the micro-batches that come after these.
        mutating func add(_ other: UpdateSums) {
            statistics.add(other.statistics)
            entropy += other.entropy
            logProbabilities += other.logProbabilities
            bad = bad ?? other.bad
            gap = max(gap, other.gap)
        }

        /// Adds the statistics of the other processes, whose units continue the tree of sums.
        ///
        /// - Throws: When a process cannot be reached.
        mutating func shareStatistics(_ world: any World) throws {
            guard world.size > 1 else { return }
            var values = statistics.values + [entropy]
            try world.sum(&values)
            entropy = values.removeLast()
            statistics.values = values
            // The bits of numbers that are not negative have the order of the numbers.
            gap = Double(bitPattern: UInt64(try world.largest(Int(gap.magnitude.bitPattern))))
            bad = try world.first(bad)
        }
    }

    /// The gradients and statistics of an update's micro-batches.
    ///
    /// - Parameters:
    ///   - batches: The micro-batches.
    ///   - canStop: Whether a signal may end the update.
    ///   - observed: Runs the forward pass of each of them.
    /// - Returns: The totals.
    /// - Throws: As `TrainingSetup.totals`.
    func totals(
        over batches: [PolicyBatch], canStop: Bool = true, observed: (() -> Tensor) -> Tensor = { $0() }
    ) throws -> UpdateTotals<UpdateSums> {
        let units = try StepUnits(options.units, setup.world).own.map { unit in
            UnitBatches(unit: unit, batches: batches.filter { $0.unit == unit })
        }
        return try setup.totals(over: units, canStop: canStop, rows: \.batch.rowCount) { batch, sums in
            observed {
                let tokens = logProbabilities(setup.model, batch)
                let (loss, statistics) = policyLoss(
                    tokens, batch.terms, answers: batch.batch.answerRanges, options.loss)
                sums.entropy += tokens.entropies.elements.reduce(0) { $0 + Double($1) }
                sums.statistics.add(statistics)
                let values = tokens.values.elements
                sums.bad = sums.bad ?? batch.firstNonFinite(values)
                sums.gap = max(sums.gap, batch.samplingGap(values))
                sums.logProbabilities.append(values)
                return loss
            }
        }
    }

    /// The labels of the first groups, and how many more there are.
    private static func rows(of batches: [PolicyBatch]) -> String {
        var labels: [String] = []
        for label in batches.flatMap(\.labels) where labels.last != label { labels.append(label) }
        return labels.prefix(3).joined(separator: ", ")
            + (labels.count > 3 ? " and \(labels.count - 3) more" : "")
    }
}
