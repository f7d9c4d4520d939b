// Which checkpoints of a run are kept: the newest ones and the best one.
internal import Checkpoint
internal import Foundation
internal import Rollouts
internal import StrictJSON

extension RunDirectory {
    /// The step after which the test rows were answered best: the highest mean, the earliest of equal ones.
    ///
    /// - Returns: The completed steps; nil when there was no evaluation after a step.
    /// - Throws: When the records cannot be read.
    func bestStep() throws -> Int? {
        var best: (step: Int, mean: Double)?
        for line in try lines(of: "evaluations.jsonl") {
            guard case .integer(let step) = line["step"], step > 0, let report = line["report"] else {
                continue
            }
            let mean = try JSONDecoder().decode(
                EvaluationReport.self, from: JSONEncoder().encode(report)
            ).mean
            if mean > best?.mean ?? -.infinity { best = (step, mean) }
        }
        return best?.step
    }

    /// Removes all checkpoints but the newest `count` and `best`, after verifying the newest one; 0 keeps all.
    ///
    /// - Throws: `CheckpointError` when the newest one is damaged; then nothing is removed.
    func removeOldCheckpoints(keeping count: Int, best: Int? = nil) throws {
        let steps = try checkpointSteps()
        let old = steps.dropLast(count).filter { $0 != best }
        guard count > 0, !old.isEmpty, let newest = steps.last else { return }
        try openCheckpoint(checkpoint(newest)).requireSound()
        for step in old { try FileManager.default.removeItem(atPath: checkpoint(step)) }
    }
}
