// The seconds of a run, from a trial and from how much more the run has to do.
internal import Basics
internal import Checkpoint
internal import Collectives
internal import Foundation
internal import PolicyOptimization
internal import Rollouts
internal import TensorMath
internal import VisionLanguageModel

/// The seconds of decoding: `step` for each step, and `token` for each answer in it.
struct SamplingSeconds {
    let step, token: Double

    /// Fits two measurements; the first one has fewer answers in each step.
    init(_ few: Decoded, _ many: Decoded) {
        typealias Numbers = (seconds: Double, steps: Double, tokens: Double)
        let a: Numbers = (few.seconds, Double(few.steps), Double(few.tokens))
        let b: Numbers = (many.seconds, Double(many.steps), Double(many.tokens))
        let determinant = a.steps * b.tokens - b.steps * a.tokens
        var (step, token) = (0.0, b.tokens > 0 ? b.seconds / b.tokens : 0)
        if abs(determinant) > 0.1 * a.steps * b.tokens {
            step = (a.seconds * b.tokens - b.seconds * a.tokens) / determinant
            token = (a.steps * b.seconds - b.steps * a.seconds) / determinant
        }
        // Where noise makes one of them negative, the larger trial decides alone.
        if step < 0 { (step, token) = (0, b.tokens > 0 ? b.seconds / b.tokens : 0) }
        if token < 0 { (step, token) = (b.steps > 0 ? b.seconds / b.steps : 0, 0) }
        (self.step, self.token) = (step, token)
    }

    /// Seconds of decoding answers.
    ///
    /// - Parameters:
    ///   - count: Answers.
    ///   - mean: Tokens of each, the mean.
    ///   - most: Tokens of the longest.
    /// - Returns: Seconds.
    func callAsFunction(count: Int, mean: Double, most: Double) -> Double {
        step * max(0, most - 1) + token * Double(count) * max(0, mean - 1)
    }
}

/// How long the parts of a run take.
struct PlannedSeconds {
    var configuration: RunConfiguration
    let trial: StepTrial
    /// Multiplications of the trial's large passes, by phase.
    let tried: [String: Double]
    let answerTokens: Double
    /// Test rows of one process.
    let testRows: Int
    /// Bits a second between two processes.
    let linkBits: Double
    /// Bytes of a checkpoint a second.
    let bytesPerSecond: Double

    /// The tokens of the longest of some answers, if each token ends an answer with the same chance.
    ///
    /// The expected maximum of n exponential lengths is their mean times the n-th harmonic number, about ln n + 0.577.
    static func longestAnswer(of count: Double, mean: Double, limit: Double) -> Double {
        min(limit, mean * (log(max(1, count)) + (count > 1 ? 0.577 : 1)))
    }

    /// The plan for steps as rehearsed.
    ///
    /// - Parameters:
    ///   - usual: A usual step.
    ///   - checkpointBytes: Bytes of a checkpoint.
    ///   - startSeconds: Seconds in which the rows were read and checked.
    ///   - limit: The most seconds of the run.
    /// - Returns: The plan.
    func plan(usual: RunNeed, checkpointBytes: Int, startSeconds: Double, limit: Double?) -> RunPlan.Time {
        var time = RunPlan.Time()
        let (large, whole) = (trial.large, trial.isWhole)
        let passes = Double(large.steps.count)
        func ratio(_ phase: String) -> Double {
            let (now, then) = (usual.phases[phase]?.work ?? 0, tried[phase] ?? 0)
            return then > 0 ? now / then : 0
        }
        let rows = Double(usual.size.rows) / Double(max(1, large.size.rows))
        let triedAnswers = Double(large.size.answerTokens.reduce(0, +))
        let answers = Double(usual.size.answerTokens.count)
        func add(_ name: String, _ seconds: Double, _ from: String, work phase: String? = nil) {
            guard seconds > 0 else { return }
            time.phases.append(
                .init(
                    name: name, seconds: seconds, count: 1, from: from,
                    multiplications: phase.flatMap { usual.phases[$0]?.work }))
        }
        let isPolicy = configuration.method == .grpo
        add("data", (large.seconds[.data] ?? 0) * rows, "rows")
        if isPolicy {
            let sampling = SamplingSeconds(trial.decodedFew, trial.decodedMany)
            let prefill =
                large.prefillSeconds * Double(usual.size.promptTokens)
                / Double(max(1, large.size.promptTokens))
            let longest = 1 + Double(large.decodedSteps) / passes
            let mean = triedAnswers / Double(max(1, large.size.answerTokens.count))
            // The longest answers are as much longer than the mean as in a trial of whole steps.
            let limit = Double(configuration.grpo.maxNewTokens)
            let most =
                whole
                ? min(limit, longest * answerTokens / max(1, mean))
                : Self.longestAnswer(of: answers, mean: answerTokens, limit: limit)
            add(
                "rollout",
                prefill + sampling(count: Int(answers), mean: answerTokens, most: most),
                "prompts \(fixed(prefill, 2)) s, \(fixed(1000 * sampling.step, 2)) ms a step of decoding and "
                    + "\(fixed(1000 * sampling.token, 3)) ms a token", work: "rollout")
            add(
                "reward",
                (large.seconds[.reward] ?? 0) * answers * answerTokens / max(1, triedAnswers),
                "tokens of answers")
            add(
                "reference", (large.seconds[.reference] ?? 0) * ratio("reference"), "multiplications",
                work: "reference")
        }
        let gradients = (large.seconds[.gradients] ?? 0) * ratio("gradients")
        let optimizer = (large.seconds[.optimizer] ?? 0) / passes
        if isPolicy {
            add(
                "update", gradients + optimizer, "multiplications; optimizer \(fixed(optimizer, 2)) s",
                work: "gradients")
        } else {
            add("gradients", gradients, "multiplications", work: "gradients")
            add("update", optimizer, "weights")
        }
        let hidden = hiddenSeconds(usual, gradients: gradients)
        add(
            "communication", 8 * usual.cost.sentBytes / linkBits - hidden,
            "\(byteText(Int(usual.cost.sentBytes))) at \(fixed(linkBits / 1e9, 1)) Gbit/s, \(fixed(hidden, 2)) s of it "
                + "beside backward")
        time.step = time.phases.reduce(0) { $0 + $1.seconds }
        time.parts = [
            .init(name: "start", seconds: startSeconds + trial.loadSeconds, count: 1, from: "measured")
        ]
        if testRows > 0 {
            let every = configuration.evaluation.every
            let between = every > 0 ? max(0, (configuration.steps - 1) / every) : 0
            time.parts.append(
                .init(
                    name: "evaluation", seconds: evaluationSeconds(usual),
                    count: (configuration.steps > 0 ? 2 : 1) + between,
                    from: trial.evaluation.map { "a batch of \($0.rows) rows took \(fixed($0.seconds, 2)) s" }
                        ?? "as rollouts"))
        }
        time.parts.append(.init(name: "step", seconds: time.step, count: configuration.steps, from: "above"))
        if configuration.steps > 0 {
            let every = configuration.checkpoints.every
            let saves = every > 0 ? (configuration.steps + every - 1) / every : 1
            time.parts.append(
                .init(
                    name: "save", seconds: Double(checkpointBytes) / bytesPerSecond, count: saves,
                    from: "\(byteText(checkpointBytes)) at \(byteText(Int(bytesPerSecond))) a second"))
        }
        time.total = time.parts.reduce(0) { $0 + $1.seconds * Double($1.count) }
        time.limit = limit
        time.trial =
            (whole
                ? "a whole step" : "\(large.size.rows) questions, answers of at most \(large.tokens) tokens")
            + " on \(Threads.count) threads, \(fixed(trial.seconds, 1)) s in all"
        return time
    }

    /// The seconds of sums of gradients that take no time: those beside the last backward pass of each update.
    private func hiddenSeconds(_ usual: RunNeed, gradients: Double) -> Double {
        let (large, updates) = (
            trial.large, Double(configuration.method == .grpo ? configuration.grpo.updatesPerRollout : 1)
        )
        guard let all = large.seconds[.gradients], let forward = large.seconds[.forward], all > 0 else {
            return 0
        }
        let backward = gradients * (1 - forward / all) / Double(max(1, usual.size.microBatches))
        return updates * min(backward, 8 * usual.cost.summedBytes / updates / linkBits)
    }

    private func evaluationSeconds(_ usual: RunNeed) -> Double {
        if let evaluation = trial.evaluation {
            return evaluation.seconds * Double(testRows) / Double(max(1, evaluation.rows))
        }
        let options = configuration.evaluation
        let sampling = SamplingSeconds(trial.decodedFew, trial.decodedMany)
        let mean = min(answerTokens, Double(options.maxNewTokens))
        let prompt = trial.large.prefillSeconds / Double(max(1, trial.large.size.rows))
        let answers = Double(testRows * (1 + options.answersPerPrompt))
        let batches = (Double(testRows) / Double(options.batchSize)).rounded(.up)
        return prompt * Double(testRows) + batches * sampling.step * max(0, mean - 1)
            + sampling.token * answers * max(0, mean - 1)
    }
}
