// The rollouts of a step: questions, answers and rewards, with groups that teach nothing replaced.
internal import Collectives
internal import Rollouts
internal import TrainingData
internal import VisionLanguageModel

/// The rollouts of a step.
struct StepRollouts {
    /// Those that the step learns from, in the order in which it computes them.
    var trained: [Rollout] = []
    /// Where each of them is used.
    var places: [UnitPlace] = []
    /// All that were made, which metrics describe, and the round of each.
    var all: [(rollout: Rollout, round: Int)] = []
}

extension GRPOMethod {
    /// Answers a step's questions and scores the answers.
    ///
    /// With `resamplingRounds`, groups without spread are replaced by those of the next rows, unit by unit.
    func rollouts(
        of step: Int, _ state: inout GRPOState, _ time: inout PhaseTimer
    ) throws -> StepRollouts {
        let units = try StepUnits(options.units, setup.world)
        let wanted = units.own.map { units.share(of: options.promptsPerStep, unit: $0).count }
        var found = StepRollouts()
        var teaching = wanted.map { _ in [Rollout]() }
        var flat = teaching
        for round in 0...options.resamplingRounds {
            let positions = try claim(
                zip(wanted, teaching).map { $0 - $1.count }, units, of: step, &state)
            // All processes go on as long as one of them misses a group.
            guard let positions else { break }
            let rollouts = try setup.together("rollout") {
                let questions = try time("data") { try self.questions(at: positions, step) }
                let answers = try time("rollout") { try self.answers(to: questions, at: positions, step) }
                return try time("reward") { try sampler.score(questions, answers) }
            }
            found.all += rollouts.map { ($0, round) }
            var rest = rollouts[...]
            for (unit, positions) in positions.enumerated() {
                for rollout in rest.prefix(positions.count) {
                    if options.resamplingRounds > 0, AnswerGroup(rollout, options).hasNoSpread {
                        flat[unit].append(rollout)
                    } else {
                        teaching[unit].append(rollout)
                    }
                }
                rest = rest.dropFirst(positions.count)
            }
        }
        for unit in wanted.indices {
            teaching[unit] += flat[unit].prefix(wanted[unit] - teaching[unit].count)
        }
        for (rollout, place) in units.placed(teaching, updates: options.updatesPerRollout) {
            found.trained.append(rollout)
            found.places.append(place)
        }
        return found
    }

    /// Takes positions of the stream of rows for each of this process's units, after those of the units before it.
    ///
    /// - Returns: The positions of each unit; nil when no process takes any.
    private func claim(
        _ wanted: [Int], _ units: StepUnits, of step: Int, _ state: inout GRPOState
    ) throws -> [Range<Int>]? {
        var counts = [Double](repeating: 0, count: units.count)
        for (unit, count) in zip(units.own, wanted) { counts[unit] = Double(count) }
        try setup.world.sum(&counts)
        let all = Int(counts.reduce(0, +))
        guard all > 0 else { return nil }
        let position = state.position ?? step * options.promptsPerStep
        state.position = position + all
        return zip(units.own, wanted).map { unit, count in
            let first = position + Int(counts[..<unit].reduce(0, +))
            return first..<first + count
        }
    }

    private func questions(at positions: [Range<Int>], _ step: Int) throws -> [Question] {
        try setup.prompts.questions(
            positions.flatMap { setup.rows(at: $0) }, progress: Double(step) / Double(setup.steps))
    }

    private func answers(
        to questions: [Question], at positions: [Range<Int>], _ step: Int
    ) throws -> [[Generation]] {
        var sampling = SamplingOptions()
        sampling.temperature = options.temperature
        sampling.maxNewTokens = options.maxNewTokens
        sampling.seed = setup.seed
        sampling.excludesBannedFromProbabilities = true
        do {
            return try sampler.answers(
                questions, numbers: positions.joined().map { UInt64($0) }, count: options.groupSize,
                options: sampling,
                cacheTokens: options.cacheTokens > 0 ? options.cacheTokens : nil,
                interruption: setup.interruption)
        } catch let error as NonFiniteLogits {
            var problem = setup.optimizerStep.problem(
                .logits(token: error.token), step: step, rows: error.row)
            problem.trace = setup.kept(step: step) { [problem] in
                dump(questions, at: positions, problem, step: step)
            }
            throw problem
        }
    }
}
