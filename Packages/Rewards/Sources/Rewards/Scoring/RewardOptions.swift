// The options of rewards. Each comment tells whether the value is from the paper (Mixed-R1, arXiv 2505.24164)
// or ours, where the paper does not specify it.

/// Options of all rewards: the section `rewards` of a training configuration.
public struct RewardOptions: Codable, Sendable, Equatable {
    /// Weight of the format reward in `total = accuracy + formatWeight * format`.
    ///
    /// Sum: paper. Value: ours.
    var formatWeight = 0.2
    /// Weights of the format reward that change with training; empty for none.
    ///
    /// Ours.
    var formatSchedule: [WeightStage] = []
    /// Factors of both parts by task; a task without an entry has 1 and 1.
    ///
    /// Ours.
    var tasks: [String: TaskFactors] = [:]
    /// The scoring of the format of an answer.
    var format = FormatOptions()
    /// Numbers and short texts.
    var chart = ChartOptions()
    /// Boxes.
    var iou = IoUOptions()
    /// Free text.
    var bmas = BMASOptions()
    /// Scorers in other programs, by task name; they can replace built-in rewards.
    ///
    /// Ours.
    var external: [String: ExternalScorerOptions] = [:]

    /// The defaults.
    public init() {}
}

/// The weights of the parts of a reward: `total = accuracy weight * accuracy + format weight * format`.
public struct RewardWeights: Codable, Sendable, Equatable {
    /// Weight of the task's own reward.
    public var accuracy: Double
    /// Weight of the format reward.
    public var format: Double
}

extension RewardOptions {
    /// The weights for a task when a share of the training is done.
    func weights(of task: String, at progress: Double) -> RewardWeights {
        let stage = formatSchedule.filter { $0.from <= progress }.max { $0.from < $1.from }
        let factors = tasks[task] ?? TaskFactors()
        return RewardWeights(
            accuracy: factors.accuracy, format: (stage?.weight ?? formatWeight) * factors.format)
    }
}

/// A weight and the share of the training from which it applies.
struct WeightStage: Codable, Sendable, Equatable {
    /// 0 to 1.
    var from = 0.0
    /// At least 0.
    var weight = 0.2

    /// The start of the training, with the default weight.
    init() {}
}

/// What the parts of a task's rewards are multiplied by.
struct TaskFactors: Codable, Sendable, Equatable {
    /// Of the task's own reward.
    var accuracy = 1.0
    /// Of the weighted format reward.
    var format = 1.0

    /// No change.
    init() {}
}

/// The scoring of the format of an answer.
struct FormatOptions: Codable, Sendable, Equatable {
    /// The rules for the format.
    enum Rule: String, Codable, Sendable, CaseIterable {
        /// 1 when the whole answer is `<think>...</think><answer>...</answer>`, else 0. Ours, after
        /// similar projects.
        case whole
        /// 0.25 for each of the four tags that occurs exactly once. Ours.
        case perTag
    }

    /// The rule in force.
    var rule = Rule.whole

    /// The defaults.
    init() {}
}

/// How numbers and short texts are compared.
struct ChartOptions: Codable, Sendable, Equatable {
    /// Which rule scores an answer.
    enum Rule: String, Codable, Sendable, CaseIterable {
        /// The tolerant superset. Ours.
        case tolerant
        /// The literal rule that ChartQA is evaluated with.
        case literal
    }

    /// Golds that the tolerant rule compares exactly.
    enum Exactness: String, Codable, Sendable, CaseIterable {
        /// None: 5 % for everything, as ChartQA does. The default.
        case none
        /// Four-digit whole golds from 1000 to 2999. Ours: 5 % of 2000 would accept every year of a chart.
        case years
        /// All golds written as whole numbers (years and counts). Ours.
        case integers
    }

    /// The rule in force.
    var rule = Rule.tolerant
    /// Relative tolerance.
    ///
    /// Paper, after ChartQA: 0.05.
    var tolerance = 0.05
    /// Absolute tolerance for a gold of zero, in the tolerant rule.
    ///
    /// Ours.
    var zeroTolerance = 1e-6
    /// Golds that are compared exactly.
    ///
    /// Ours.
    var exact = Exactness.none

    /// The defaults.
    init() {}
}

/// How boxes are compared.
struct IoUOptions: Codable, Sendable, Equatable {
    /// How the overlap becomes a reward.
    enum Scoring: String, Codable, Sendable, CaseIterable {
        /// The overlap itself. Paper.
        case continuous
        /// 1 if the overlap reaches the threshold, else 0. Ours.
        case threshold
        /// The overlap if it reaches the threshold, else 0. Ours, after V-Triune.
        case gated
    }

    /// The pairing of several answer boxes with gold boxes.
    enum Assignment: String, Codable, Sendable, CaseIterable {
        /// The pairing with the largest sum of overlaps. Ours.
        case optimal
        /// The largest overlap first. Ours.
        case greedy
    }

    /// A threshold and the share of the training from which it applies.
    struct Stage: Codable, Sendable, Equatable {
        /// 0 to 1.
        var from: Double
        /// 0 to 1.
        var threshold: Double

        /// A stage of a schedule.
        init(from: Double, threshold: Double) { (self.from, self.threshold) = (from, threshold) }
    }

    /// How the overlap becomes a reward.
    var scoring = Scoring.continuous
    /// The threshold of `threshold` and `gated` before any stage of `schedule` applies.
    var threshold = 0.5
    /// Thresholds that rise with training; empty for none.
    var schedule: [Stage] = []
    /// How several boxes are paired.
    var assignment = Assignment.optimal
    /// Whether the sum of overlaps is divided by the larger of the two counts, so that extra boxes cost; else
    /// by the number of golds.
    ///
    /// Ours.
    var penalizesCount = true

    /// The defaults.
    init() {}

    /// The threshold in force at `progress`.
    func threshold(at progress: Double) -> Double {
        schedule.filter { $0.from <= progress }.max { $0.from < $1.from }?.threshold ?? threshold
    }
}

/// How free text is compared with a reference.
struct BMASOptions: Codable, Sendable, Equatable {
    /// The ways to combine token similarities.
    enum Variant: String, Codable, Sendable, CaseIterable {
        /// Mean of the two directions. Paper.
        case bmas
        /// Harmonic mean of the two directions. Ours, for the ablation.
        case f1
        /// Optimal one-to-one pairing over the longer side. Paper's ablation.
        case bipartite
    }

    /// The way to combine token similarities.
    var variant = Variant.bmas
    /// Words whose tokens are ignored on both sides; empty for none.
    ///
    /// Ours.
    var stopWords: [String] = []
    /// The similarity of unrelated texts; the score is rescaled to `(s - floor) / (1 - floor)`.
    ///
    /// 0 is off. Ours.
    var floor = 0.0
    /// Repetition guard: below this share of distinct tokens a positive score shrinks in proportion.
    ///
    /// 0 is off. Ours.
    var minimumDistinctShare = 0.0
    /// Length guard: above this ratio of the two lengths a positive score shrinks in proportion.
    ///
    /// 0 is off. Ours.
    var lengthRatioLimit = 0.0
    /// The number of tokens of each text that are scored.
    ///
    /// It bounds the time for endless answers. Ours.
    var maximumTokens = 1024
    /// Normalized rows in the cache, which is cleared when it is full.
    ///
    /// 8192 rows of 2048 take 64 MiB. Ours.
    var cachedRows = 8192

    /// The defaults: the paper's score.
    init() {}
}

/// A scorer in another program (docs/rewards.md has the protocol).
struct ExternalScorerOptions: Codable, Sendable, Equatable {
    /// The program, found by path or in PATH, and its arguments.
    var command: [String]
    /// Seconds one answer may take.
    var timeLimit = 30.0
    /// Failures in a row that end a run: exits, late and improper replies; 0 never ends it.
    var failureLimit = 5

    /// A scorer run as `command`.
    init(command: [String], timeLimit: Double = 30, failureLimit: Int = 5) {
        (self.command, self.timeLimit, self.failureLimit) = (command, timeLimit, failureLimit)
    }

    /// Reads `command`, and the other settings where they are given.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(command: try values.decode([String].self, forKey: .command))
        timeLimit = try values.decodeIfPresent(Double.self, forKey: .timeLimit) ?? timeLimit
        failureLimit = try values.decodeIfPresent(Int.self, forKey: .failureLimit) ?? failureLimit
    }
}
