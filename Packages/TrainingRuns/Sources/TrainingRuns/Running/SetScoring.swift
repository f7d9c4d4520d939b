// Benchmarks that a run evaluates its policy on: `evaluation.sets`.
internal import BenchmarkRuns
internal import Benchmarks
internal import Collectives
internal import EvaluationReports
internal import Rewards
internal import Rollouts
internal import StrictJSON
internal import VisionLanguageModel

/// Asks fixed samples of benchmarks.
struct SetScoring {
    private let sets: SetEvaluation
    private let model: CheckpointModel

    /// The benchmarks of a run; nil when it has none.
    ///
    /// - Parameters:
    ///   - configuration: The run's settings.
    ///   - loaded: The policy.
    ///   - rewards: Score custom rows.
    ///   - interruption: Stops the answers.
    /// - Throws: `SampleError` or `BenchmarkRunError` for a set that cannot be read.
    init?(
        _ configuration: RunConfiguration, _ loaded: LoadedModel, _ rewards: RewardRouter,
        _ interruption: Interruption
    ) throws {
        let options = configuration.evaluation
        guard !options.sets.isEmpty else { return nil }
        var answers = AnswerSettings()
        (answers.maxNewTokens, answers.seed) = (options.maxNewTokens, configuration.seed)
        let requests = options.sets.map { text in
            var request = SetRequest(argument: text)
            (request.limit, request.isSampled) = (options.setQuestions, true)
            return request
        }
        sets = try SetEvaluation(
            requests, style: .r1, answers: answers, rewards: rewards, batchSize: options.batchSize)
        var limits = EngineOptions()
        limits.isolation = .all
        model = CheckpointModel(
            processor: loaded.processor, engine: loaded.engine(limits), interruption: interruption,
            manifest: [:])
    }

    /// What a user should know about the sets.
    var notes: [String] { sets.notes }

    /// The scores of all sets as a line of `sets.jsonl`, as numbers for charts, and in words.
    ///
    /// - Parameters:
    ///   - step: The completed steps.
    ///   - world: The processes that share the questions.
    ///   - interruption: Asks to stop.
    /// - Returns: In process 0 the scores; nil in the others.
    /// - Throws: What answering and scoring throw.
    func scores(
        after step: Int, _ world: any World, _ interruption: Interruption
    ) throws -> (line: JSONObject, scalars: [String: Double], text: String)? {
        let scores = try sets.evaluate(model, world: world, interruption: interruption)
        guard world.rank == 0 else { return nil }
        var (members, scalars): (JSONObject, [String: Double]) = ([:], [:])
        for set in scores {
            var member: JSONObject = [
                "count": .integer(set.headline.count), "answers": .integer(set.counts.total),
                "unread": .integer(set.counts["unread"]), "cut_off": .integer(set.counts.cutOff),
            ]
            if let value = set.headline.value {
                member["value"] = .number(value)
                scalars["evaluation/sets/\(set.set)"] = value
            }
            if let interval = set.headline.interval {
                (member["low"], member["high"]) = (.number(interval.low), .number(interval.high))
            }
            members[set.set] = .object(member)
        }
        let words = scores.map { set in "\(set.set) \(set.headline.value.map { fixed($0, 3) } ?? "no rows")" }
        return (
            ["step": .integer(step), "sets": .object(members)], scalars, words.joined(separator: ", ")
        )
    }
}
