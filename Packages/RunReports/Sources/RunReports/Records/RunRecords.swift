// The records of a run: everything in its folder that a report or a comparison needs at once. The groups of answers are
// read when a page shows them.
internal import Foundation

/// The records in the folder of a run, as they were when they were read.
public struct RunRecords: Sendable {
    /// The folder.
    public let folder: String
    /// The resolved settings.
    let settings: RunSettingsTable
    /// metrics.jsonl.
    let metrics: StepTable
    /// timing.jsonl.
    let timing: StepTable
    /// The evaluations, each with its rows.
    let evaluations: [EvaluationRecord]
    /// How many rows were set aside.
    let setAsideCount: Int
    /// Whether the run has ended: it has a summary.
    public let isFinished: Bool
    /// When a record was last written.
    let updated: Date?

    /// Reads the records of a run folder; the run may still be going on.
    ///
    /// A record file that does not exist has no lines. A last line that a crash cut off is passed over.
    ///
    /// - Parameter folder: The folder, with `config.yaml` in it.
    /// - Throws: ``RunReportError``, which names the file and the line.
    public init(folder: String) throws {
        func file(_ name: String) -> String { folder + "/" + name }
        let files = FileManager.default
        guard files.fileExists(atPath: file("config.yaml")) else {
            throw RunReportError.notARun(folder: folder, problem: "no config.yaml")
        }
        self.folder = folder
        settings = try RunSettingsTable(file("config.yaml"))
        metrics = try StepTable(file("metrics.jsonl"))
        timing = try StepTable(file("timing.jsonl"))
        evaluations = try EvaluationRecord.read(folder)
        var rejects = 0
        try forEachRecord(in: file("rejects.jsonl")) { _ in rejects += 1 }
        setAsideCount = rejects
        isFinished = files.fileExists(atPath: file("summary.json"))
        updated = ["config.yaml", "metrics.jsonl", "samples.jsonl", "evaluations.jsonl", "summary.json"]
            .compactMap { name in
                guard files.fileExists(atPath: file(name)) else { return nil }
                // A file that vanishes in between has no time.
                return (try? files.attributesOfItem(atPath: file(name)))?[.modificationDate] as? Date
            }.max()
    }

    /// The steps that are recorded.
    public var completedSteps: Int { metrics.steps.last ?? 0 }

    /// The steps of the whole run; nil when the settings do not tell.
    var plannedSteps: Int? { settings["steps"].flatMap { Int($0) } }

    /// The tasks of the training and of the evaluations, sorted.
    var tasks: [String] {
        Set(metrics.names(after: "parse_fail/") + evaluations.flatMap { $0.tasks.keys }).sorted()
    }
}
