// Scores the answers of a run: a pure function of answers, data and rules.
internal import AnswerRules
internal import Benchmarks
public import EvaluationReports
public import Foundation
public import Rewards
internal import TrainingData

/// What to score by, and how.
public struct ScoringOptions: Sendable {
    /// The ids of sets of rules (`RuleSet.ids`); empty for all that a benchmark has.
    public var ruleSets: [String] = []
    /// The stage that takes the answer out of its tags before every rule; nil leaves answers raw.
    public var strip: String? = "r1"
    /// Other places of the data, by the path in the manifest; the content must be the same.
    public var paths: [String: String] = [:]
    /// The plane of answered boxes, for answers that do not say it.
    public var boxPlane: BoxPlane?
    /// The rewards of custom rows; nil for the defaults, which score all tasks but `open`.
    public var rewards: RewardRouter?

    /// All rules, answers taken out of their tags.
    public init() {}
}

/// The answers of a run with their verdicts.
public struct RunScores: Sendable {
    /// The run's folder.
    public let folder: String
    /// What the run is.
    public let manifest: RunManifest
    /// Verdicts of all rules on all answers: sets, rows, samples, rules, in this order.
    public let answers: [ScoredAnswer]
    /// Answers to rows whose gold the set does not publish; they are not scored.
    public let hiddenCount: Int

    private let sets: [PlannedSet]
    private let texts: [AnswerPlace: AnswerRecord]

    /// Scores a run.
    ///
    /// - Parameters:
    ///   - folder: The run's folder.
    ///   - options: Rules.
    /// - Throws: `BenchmarkRunError` when the run is not finished, or the data or answers are not those of its manifest;
    ///   `RuleError` for a rule that lacks something; `SampleError` for rows that cannot be read.
    public init(_ folder: String, _ options: ScoringOptions = ScoringOptions()) throws {
        self.folder = folder
        manifest = try RunManifest(readingFrom: folder)
        sets = try manifest.sets.map { try PlannedSet($0, at: options.paths[$0.path] ?? $0.path) }
        let records = try AnswerFile.read(in: folder)
        let file = "\(folder)/\(AnswerFile.name)"
        let strip = try options.strip.map(AnswerStrip.named)
        var (scored, hidden, next): ([ScoredAnswer], Int, Int) = ([], 0, 0)
        for set in sets {
            let judges = try Self.judges(of: set, options)
            try set.forEachRow(pictures: .none) { _, row in
                for sample in 0..<set.manifest.answers.samples {
                    let place = AnswerPlace(
                        set: set.manifest.name, id: row.id, rotation: row.rotation, sample: sample)
                    guard next < records.count else {
                        throw BenchmarkRunError.badFile(
                            file,
                            "the run is not finished: the answer to \(place) is missing; r1-eval run --resume goes on"
                        )
                    }
                    let record = records[next]
                    guard record.place == place else {
                        throw BenchmarkRunError.badFile(
                            "\(file):\(next + 1)", "expected the answer to \(place), found \(record.place)")
                    }
                    next += 1
                    guard row.sample != nil || row.gold != .hidden else {
                        hidden += 1
                        continue
                    }
                    scored += try judges.map { try $0.verdict(record, row, strip) }
                }
            }
        }
        guard next == records.count else {
            throw BenchmarkRunError.badFile(
                "\(file):\(next + 1)", "the sets of the manifest have no row for this answer")
        }
        (answers, hiddenCount) = (scored, hidden)
        texts = Dictionary(records.map { ($0.place, $0) }) { first, _ in first }
    }

    /// The rules for a set.
    private static func judges(of set: PlannedSet, _ options: ScoringOptions) throws -> [AnswerJudge] {
        guard let benchmark = Benchmark(rawValue: set.manifest.benchmark) else {
            throw BenchmarkRunError.badSettings("there is no benchmark \"\(set.manifest.benchmark)\"")
        }
        if benchmark == .custom {
            return [AnswerJudge(try options.rewards ?? RewardRouter(embedding: nil))]
        }
        for id in options.ruleSets where !RuleSet.ids.contains(id) {
            throw BenchmarkRunError.badSettings(
                "there are no rules \"\(id)\"; there are \(RuleSet.ids.joined(separator: ", "))")
        }
        let all = RuleSet.all(for: benchmark)
        let chosen = options.ruleSets.isEmpty ? all : all.filter { options.ruleSets.contains($0.id) }
        guard !chosen.isEmpty else {
            throw BenchmarkRunError.badSettings(
                "\(benchmark.title) has no rules \(options.ruleSets.joined(separator: ", ")); it has "
                    + all.map(\.id).joined(separator: ", "))
        }
        return chosen.map { AnswerJudge($0, plane: options.boxPlane) }
    }
}

extension RunScores {
    /// The run as reports take it.
    ///
    /// - Parameter name: The name in tables.
    /// - Returns: Answers, facts of the manifest, and the texts and pictures of those that a page shows.
    public func evaluated(as name: String) -> EvaluatedRun {
        let scores = self
        return EvaluatedRun(name: name, facts: manifest.facts, answers: answers) { try scores.example($0) }
    }

    /// The texts and pictures of an answer.
    private func example(_ answer: ScoredAnswer) throws -> AnswerExample {
        let place = AnswerPlace(
            set: answer.set, id: answer.id, rotation: answer.rotation, sample: answer.sample)
        guard let set = sets.first(where: { $0.manifest.name == answer.set }), let record = texts[place]
        else {
            throw BenchmarkRunError.badSettings("there is no answer to \(place)")
        }
        let row = try set.row(id: answer.id)
        return AnswerExample(
            prompt: ([row.question] + row.lettered.map { "\($0.letter). \($0.text)" }).joined(
                separator: "\n"),
            answer: record.text, gold: row.sample?.solutions.joined(separator: " or ") ?? row.goldText,
            pictures: row.sample?.imagePaths ?? row.pictures.map(\.reference))
    }
}

extension RunScores {
    /// The verdicts as JSON lines: set, id, rotation, sample, rule, what was read, correct, score, status.
    public func lines() throws -> Data {
        let encoder = JSONEncoder.forRecords()
        return try answers.reduce(into: Data()) { bytes, answer in
            bytes += try encoder.encode(VerdictLine(answer)) + [0x0A]
        }
    }
}

/// A line of scored.jsonl.
private struct VerdictLine: Encodable {
    let set, id, rule, status: String
    let rotation, sample: Int
    let extracted, goldLetter: String?
    let correct, cutOff: Bool
    let score: Double

    init(_ answer: ScoredAnswer) {
        (set, id, rule, status) = (answer.set, answer.id, answer.rule, answer.status)
        (rotation, sample, score) = (answer.rotation, answer.sample, answer.score)
        (extracted, goldLetter) = (answer.extracted, answer.goldLetter)
        (correct, cutOff) = (answer.isCorrect, answer.isCutOff)
    }
}
