// Seconds, measured by a trial: some real passes of the run's model over the run's rows, as many as fit the time.
internal import Basics
internal import Checkpoint
internal import Foundation
internal import PolicyOptimization
internal import Rollouts
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// A trial's passes over the rows of one step or of several.
struct TrialPasses {
    /// The rows of each step.
    var steps: [[Sample]]
    /// The most tokens of an answer.
    let tokens: Int
    var size: StepSize
    /// Seconds of each phase.
    var seconds: [StepPhase: Double]
    /// Seconds in which the prompts were computed and one token of each answer was sampled.
    var prefillSeconds: Double
    /// Tokens of the longest answer of each step, without the first token.
    var decodedSteps: Int

    /// Adds the passes over another step.
    mutating func add(_ other: TrialPasses) {
        steps += other.steps
        size.rows += other.size.rows
        size.promptTokens += other.size.promptTokens
        size.answerTokens += other.size.answerTokens
        size.truncated += other.size.truncated
        seconds.merge(other.seconds, uniquingKeysWith: +)
        prefillSeconds += other.prefillSeconds
        decodedSteps += other.decodedSteps
    }
}

extension TrialPasses {
    /// What decoding took, without the prompts.
    var decoded: Decoded {
        Decoded(
            seconds: max(0, (seconds[.rollout] ?? 0) - prefillSeconds), steps: decodedSteps,
            tokens: size.answerTokens.reduce(0) { $0 + $1 - 1 })
    }
}

/// Steps of decoding: their seconds, their number, and the tokens of all answers in them.
struct Decoded {
    var seconds: Double
    var steps, tokens: Int
}

/// What a trial measured.
struct StepTrial {
    /// Its passes.
    let large: TrialPasses
    /// Decoding with few answers side by side, and with as many as a step has.
    let decodedFew, decodedMany: Decoded
    /// Whether `large` is of whole steps.
    let isWhole: Bool
    /// Seconds in which the models were loaded.
    let loadSeconds: Double
    /// Seconds and rows of a batch of the evaluation with its rewards; nil when none was made.
    let evaluation: (seconds: Double, rows: Int)?
    /// Seconds of all of it.
    let seconds: Double
}

/// Times the phases of a step.
private final class SecondsObserver: StepObserver {
    private(set) var seconds: [StepPhase: Double] = [:]

    func observe<R>(_ phase: StepPhase, _ body: () throws -> R) rethrows -> R {
        var watch = Stopwatch()
        defer { seconds[phase, default: 0] += watch.lap() }
        return try body()
    }
}

extension StepTrial {
    /// Tokens of an answer, and questions, of the small passes.
    private static let smallTokens = 8, smallQuestions = 2

    /// `value`, its half and so on, and `least` last.
    private static func halvings(of value: Int, downTo least: Int) -> [Int] {
        var values = [value]
        while let last = values.last, last > least { values.append(max(least, last / 2)) }
        return values
    }

    /// Makes the passes.
    ///
    /// - Parameters:
    ///   - configuration: Valid settings.
    ///   - rows: All rows of the run.
    ///   - planned: The rows of its first steps.
    ///   - work: Multiplications of passes over rows and answers of so many tokens, rehearsed.
    ///   - limit: The most seconds that all large passes should take.
    ///   - interruption: Checked between phases.
    ///   - report: Receives what is being tried.
    /// - Throws: What the run would throw.
    init(
        _ configuration: RunConfiguration, _ rows: RunRows, _ planned: PlannedRows,
        work: ([Sample], Int) throws -> Double, limit: Double, interruption: Interruption,
        report: (String) -> Void
    ) throws {
        var all = Stopwatch(), watch = Stopwatch()
        let parts = try RunParts(
            configuration, loaded: configuration.trained(openCheckpoint(configuration.model)), start: nil,
            rows: rows, interruption: interruption, report: { _ in })
        loadSeconds = watch.lap()
        let (questions, tokens) = (configuration.questions, configuration.mostAnswerTokens)
        let step = planned.step(0, of: questions)
        func passes(_ rows: [Sample], _ tokens: Int) throws -> TrialPasses {
            let answers = PlannedAnswers(count: configuration.grpo.groupSize, tokens: tokens, areScored: true)
            var one = answers
            one.tokens = 1
            var watch = Stopwatch()
            _ = try parts.method.sampled(over: rows, one)
            let prefill = watch.lap()
            let observer = SecondsObserver()
            let size = try parts.method.passes(over: rows, answers, observer)
            return TrialPasses(
                steps: [rows], tokens: tokens, size: size, seconds: observer.seconds,
                prefillSeconds: prefill, decodedSteps: max(0, (size.answerTokens.max() ?? 1) - 1))
        }
        let few = Array(step.prefix(Self.smallQuestions)), short = min(tokens, Self.smallTokens)
        report("trial of \(few.count) questions with answers of at most \(short) tokens")
        // The first passes also prepare what later ones reuse; where they take long, that is little of it.
        let preparing = try passes(few, short)
        let first = watch.lap() > limit / 2 ? preparing : try passes(few, short)
        let spent = first.seconds.filter { $0.key != .forward }.values.reduce(0, +)
        let smallWork = max(1, try work(few, short))
        // Long answers are sampled token by token, whatever the work.
        func expected(_ count: Int, _ tokens: Int) throws -> Double {
            let decoding = max(0, (first.seconds[.rollout] ?? 0) - first.prefillSeconds) / Double(short)
            return try Double(tokens) * decoding + spent * work(Array(step.prefix(count)), tokens) / smallWork
        }
        let lengths = Self.halvings(of: tokens, downTo: short)
        let counts = Self.halvings(of: questions, downTo: few.count).dropFirst()
        let sizes = lengths.map { (questions, $0) } + counts.map { ($0, short) }
        let (count, length) =
            try sizes.first { try expected($0.0, $0.1) <= 0.8 * limit } ?? (few.count, short)
        _ = watch.lap()
        isWhole = count == questions && length == tokens
        report(
            isWhole
                ? "trial of a whole step"
                : "trial of \(count) questions with answers of at most \(length) tokens")
        var large = first
        if count > few.count || length > short {
            large = try passes(Array(step.prefix(count)), length)
            // The first passes of a size take new memory from the system; what follows reuses it. One large pass tells
            // more than several small ones, so they are only repeated where whole steps are short.
            var spent = watch.lap(), made = 1
            let each = spent
            while made < 4, spent + each < limit {
                let next = try passes(Array(planned.step(made, of: questions).prefix(count)), length)
                if made == 1 { large = next } else { large.add(next) }
                made += 1
                spent += watch.lap()
            }
        }
        self.large = large
        if isWhole || configuration.method == .sft {
            (decodedFew, decodedMany) = (first.decoded, large.decoded)
        } else {
            // All answers of a step, to one question: decoding many side by side takes less for each of them.
            func decoded(_ count: Int) throws -> Decoded {
                let answers = PlannedAnswers(count: count, tokens: short, areScored: false)
                let all = try parts.method.sampled(over: Array(step.prefix(1)), answers)
                return Decoded(
                    seconds: all.decodingSeconds, steps: (all.lengths.max() ?? 1) - 1,
                    tokens: all.lengths.reduce(0) { $0 + $1 - 1 })
            }
            report("trial of decoding")
            decodedFew = try decoded(configuration.grpo.groupSize)
            decodedMany = try decoded(configuration.grpo.groupSize * questions)
        }
        if isWhole, let evaluator = parts.evaluator {
            report("trial of a batch of the evaluation")
            watch = Stopwatch()
            _ = try evaluator.evaluate(batches: 1)
            evaluation = (
                watch.lap(), min(evaluator.samples.count, configuration.evaluation.batchSize)
            )
        } else {
            evaluation = nil
        }
        seconds = all.lap()
    }
}

extension RunConfiguration {
    /// Questions of a step, or rows of a supervised one.
    var questions: Int { method == .grpo ? grpo.promptsPerStep : sft.batchSize }
    /// The most tokens of a sampled answer.
    var mostAnswerTokens: Int { method == .grpo ? grpo.maxNewTokens : 1 }
}
