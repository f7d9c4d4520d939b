// What programs for looking at runs read: event files for TensorBoard, and report.html.
internal import EventFiles
internal import Foundation
internal import PolicyOptimization
internal import Rollouts
internal import RunReports

/// Writes event files and the page about a run while the run goes.
struct RunPublisher {
    private let directory: RunDirectory
    private let events: EventFile
    /// When the page was written last, and how long that took.
    private var written: (at: Date, seconds: Double)?

    /// Begins an event file; what older files have from the step on is replaced.
    ///
    /// - Parameters:
    ///   - directory: The run.
    ///   - step: The first step that will be written.
    /// - Throws: `OutputError` when the file cannot be created.
    init(_ directory: RunDirectory, from step: Int) throws {
        self.directory = directory
        events = try EventFile(in: directory.path + "/" + RunDirectory.eventFolder, startingAt: step)
    }

    /// Adds a step's numbers, and its notices as text.
    func add(_ record: StepRecord, notices: [String], step: Int) throws {
        try events.append(step: step, scalars: record.metrics.merging(record.timings) { $1 })
        if !notices.isEmpty {
            try events.append(step: step, tag: "notices", text: notices.joined(separator: "\n\n"))
        }
    }

    /// Adds the scores of an evaluation.
    func add(_ report: EvaluationReport, step: Int) throws {
        var scalars = ["evaluation/mean": report.mean, "evaluation/greedy_mean": report.greedyMean]
        for (task, score) in report.tasks {
            scalars["evaluation/\(task)/mean"] = score.mean
            scalars["evaluation/\(task)/greedy_mean"] = score.greedyMean
        }
        try events.append(step: step, scalars: scalars)
    }

    /// Adds the scores on benchmarks.
    func add(sets scalars: [String: Double], step: Int) throws {
        try events.append(step: step, scalars: scalars)
    }

    /// Writes the page, unless it was written in the last 30 seconds or writing would take more than a twentieth of the
    /// time.
    ///
    /// - Parameter isLast: Whether to write it in any case.
    /// - Returns: Why it could not be written; the run goes on without it.
    mutating func writePage(isLast: Bool) -> String? {
        let begin = Date()
        if let written, !isLast, begin.timeIntervalSince(written.at) < max(30, 20 * written.seconds) {
            return nil
        }
        defer { written = (Date(), Date().timeIntervalSince(begin)) }
        do {
            let page = try RunRecords(folder: directory.path).htmlReport()
            try directory.write(page, to: RunDirectory.pageName)
            return nil
        } catch { return "\(RunDirectory.pageName) was not written: \(error)" }
    }
}
