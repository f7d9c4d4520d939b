// The rollouts of a step: questions, answers and rewards, with groups that teach nothing replaced.
internal import Collectives
internal import Rollouts
internal import TrainingData
internal import VisionLanguageModel

/// The rollouts of a step.
struct StepRollouts {
    /// Those that the step learns from.
    var trained: [Rollout] = []
    /// All that were made, which metrics describe.
    var all: [Rollout] = []
    /// Times that groups were replaced.
    var rounds = 0
}

extension GRPOMethod {
    /// Answers a step's questions and scores the answers.
    ///
    /// With `resamplingRounds`, groups without spread are replaced by those of the next rows.
    func rollouts(
        of step: Int, _ state: inout GRPOState, _ time: inout PhaseTimer
    ) throws -> StepRollouts {
        let wanted = setup.world.share(of: options.promptsPerStep).count
        var (found, teaching, flat) = (StepRollouts(), [Rollout](), [Rollout]())
        for round in 0...options.resamplingRounds {
            let positions = try claim(wanted - teaching.count, of: step, &state)
            // All processes go on as long as one of them misses a group.
            guard let positions else { break }
            found.rounds = round
            let questions = try time("data") { try self.questions(at: positions, step) }
            let answers = try time("rollout") { try self.answers(to: questions, at: positions, step) }
            let rollouts = try time("reward") { try sampler.score(questions, answers) }
            found.all += rollouts
            guard options.resamplingRounds > 0 else {
                found.trained = rollouts
                return found
            }
            for rollout in rollouts {
                if AnswerGroup(rollout, options).hasNoSpread {
                    flat.append(rollout)
                } else {
                    teaching.append(rollout)
                }
            }
        }
        found.trained = teaching + flat.prefix(wanted - teaching.count)
        return found
    }

    /// Takes `count` positions of the stream of rows for this process, after those of the processes before it.
    ///
    /// - Returns: The positions; nil when no process takes any.
    private func claim(
        _ count: Int, of step: Int, _ state: inout GRPOState
    ) throws -> Range<Int>? {
        var counts = [Double](repeating: 0, count: setup.world.size)
        counts[setup.world.rank] = Double(count)
        try setup.world.sum(&counts)
        let all = Int(counts.reduce(0, +))
        guard all > 0 else { return nil }
        let position = state.position ?? step * options.promptsPerStep
        let first = position + Int(counts[..<setup.world.rank].reduce(0, +))
        state.position = position + all
        return first..<first + count
    }

    private func questions(at positions: Range<Int>, _ step: Int) throws -> [Question] {
        try setup.prompts.questions(
            setup.rows(at: positions), progress: Double(step) / Double(setup.steps))
    }

    private func answers(
        to questions: [Question], at positions: Range<Int>, _ step: Int
    ) throws -> [[Generation]] {
        var sampling = SamplingOptions()
        sampling.temperature = options.temperature
        sampling.maxNewTokens = options.maxNewTokens
        sampling.seed = setup.seed
        sampling.excludesBannedFromProbabilities = true
        do {
            return try sampler.answers(
                questions, numbers: positions.map { UInt64($0) }, count: options.groupSize, options: sampling,
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
