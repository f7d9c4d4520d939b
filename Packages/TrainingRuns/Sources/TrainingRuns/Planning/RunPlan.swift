// What a plan says: memory, disk, seconds, and what to change. The keys of its JSON are the names here; sizes are bytes.

/// The plan of a run.
public struct RunPlan: Encodable, Sendable {
    /// Whether memory, disk and, with a limit, time suffice.
    public var fits: Bool { memory.fits && disk.fits && (time?.fits ?? true) }

    /// What the run does.
    public struct Work: Encodable, Sendable {
        var method = ""
        var dtype = ""
        /// Processes that share each step.
        var processes = 1
        var steps = 0
        /// Rows, and those whose prompts were measured.
        var rows = 0, measuredRows = 0
        var testRows = 0
        /// Tokens of the measured prompts.
        var shortestPrompt = 0, meanPrompt = 0.0, longestPrompt = 0
        /// Questions of a step (rows of a supervised one), answers to each, and most tokens of an answer.
        var questions = 0, answers = 0, mostAnswerTokens = 0
        /// Mean tokens of an answer, and where the number comes from: `trial`, `option`, `rows` or `most`.
        var answerTokens = 0.0
        var answerTokensFrom = ""
    }

    /// A part of memory or of the disk.
    public struct Part: Encodable, Sendable, Equatable {
        /// Its name.
        public var name: String
        /// Its bytes.
        public var bytes: Int
        /// Where the number comes from.
        public var from: String
    }

    /// Memory.
    ///
    /// The parts in `resident` are there all the time, of `phases` only one at a time.
    public struct Memory: Encodable, Sendable {
        var resident: [Part] = []
        /// The phases of a step and of an evaluation.
        public var phases: [Part] = []
        /// The parts of the largest phase.
        public var largestPhase: [Part] = []
        /// What is beside live tensors.
        var beside: [Part] = []
        /// The most bytes of live tensors.
        public var tensors = 0
        /// The same in the largest step that can come, without evaluations: `memory/peak_bytes` of `timing.jsonl`.
        public var stepTensors = 0
        /// The same in a step of usual rows and answers; nil without a trial.
        public var usualStepTensors: Int?
        /// All together.
        public var total = 0
        /// The same for usual steps and answers; nil without a trial.
        public var usualTotal: Int?
        /// What there is, and what sets the limit.
        public var limit = 0
        var limitFrom = ""
        /// Whether keys and values were limited to what there is, so that answers wait.
        var limitsCache = false

        /// Whether it suffices.
        public var fits: Bool { total <= limit }
    }

    /// The disk of the run's folder.
    public struct Disk: Encodable, Sendable {
        var parts: [Part] = []
        /// All together.
        public var total = 0
        /// What is free.
        public var free = 0

        /// Whether it suffices.
        public var fits: Bool { total <= free }
    }

    /// Seconds.
    public struct Time: Encodable, Sendable {
        /// A phase of a step or of the run.
        public struct Part: Encodable, Sendable {
            /// As in `timing.jsonl`.
            public var name: String
            /// Each time.
            public var seconds: Double
            /// How many times.
            var count: Int
            var from: String
            /// Multiplications followed by an addition in one; nil where they do not decide.
            var multiplications: Double?
        }
        /// The phases of a step, which add up to `step`.
        public var phases: [Part] = []
        /// A step.
        public var step = 0.0
        /// The parts of the run, which add up to `total`.
        var parts: [Part] = []
        /// The run.
        public var total = 0.0
        /// The limit; nil for none.
        var limit: Double?
        /// What the trial was.
        var trial = ""

        /// Whether it suffices.
        public var fits: Bool { limit.map { total <= $0 } ?? true }
    }

    /// Settings with which it would fit, and what would be needed then.
    public struct Advice: Encodable, Sendable, Equatable {
        /// As `--set` takes them; all of them together.
        public var settings: [String]
        /// Memory with them.
        public var bytes: Int
        /// Whether they change results by no more than rounding.
        var changesNothing: Bool
    }

    /// What `--solve` found.
    public struct Solution: Encodable, Sendable, Equatable {
        /// The setting.
        public var setting: String
        /// The largest value that fits; nil when not even the smallest does.
        public var value: Int?
        /// The smallest value that does not fit; nil when every value fits up to the largest that was tried.
        public var tooLarge: Int?
        /// What the value and the next one need: bytes, and seconds of the run with a limit of time.
        var bytes: Int?, tooLargeBytes: Int?
        var seconds: Double?, tooLargeSeconds: Double?
    }

    /// What the run does.
    public var work = Work()
    /// Memory.
    public var memory = Memory()
    /// The disk.
    public var disk = Disk()
    /// Seconds; nil without a trial.
    public var time: Time?
    /// What to change, where it does not fit.
    public var advice: [Advice] = []
    /// The answer to `--solve`.
    public var solution: Solution?

    enum CodingKeys: CodingKey { case fits, work, memory, disk, time, advice, solution }

    /// Writes all keys, `fits` included.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(fits, forKey: .fits)
        try container.encode(work, forKey: .work)
        try container.encode(memory, forKey: .memory)
        try container.encode(disk, forKey: .disk)
        try container.encodeIfPresent(time, forKey: .time)
        try container.encode(advice, forKey: .advice)
        try container.encodeIfPresent(solution, forKey: .solution)
    }
}

/// What a plan is asked for besides the settings.
public struct PlanRequest: Sendable {
    /// Bytes that the run may take; nil for what is left on this machine.
    public var memoryLimit: Int?
    /// Seconds that the run may take; nil for no limit.
    public var secondsLimit: Double?
    /// Seconds that a trial may take; 0 makes none.
    public var trialSeconds = 60.0
    /// Mean tokens of an answer; nil takes those of the trial, or the most.
    public var answerTokens: Int?
    /// Rows whose prompts are measured.
    public var measuredRows = 1000
    /// The setting to solve for.
    public var solved: String?
    /// A folder on the run's disk.
    public var folder = "."
    /// The processes that share the run, each with as many threads as this program.
    public var processes = 1
    /// The speed of the link between two of them in each direction, bits a second.
    public var linkBits = 10e9

    /// The defaults.
    public init() {}
}
