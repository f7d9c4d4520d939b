// Where a resumed run goes on: the checkpoint to start from, verified, and what moves out of its way.
internal import Basics
internal import Checkpoint
internal import Foundation
internal import VisionLanguageModel

/// Where a run goes on.
struct ResumePoint {
    /// The completed steps.
    let step: Int
    /// Their checkpoint, verified; nil when the run begins again from its model.
    let checkpoint: (any CheckpointReader)?
    /// The last step whose evaluation is kept: a run that begins again keeps none.
    var lastRecordedStep: Int { checkpoint == nil ? -1 : step }
}

extension RunDirectory {
    /// Checks that the folder contains a run.
    ///
    /// - Throws: `RunError.notARun`.
    func requireRun() throws {
        guard FileManager.default.fileExists(atPath: configurationPath) else {
            throw RunError.notARun(path: path, problem: "no config.yaml")
        }
    }

    /// The settings that the run resumes with.
    ///
    /// - Parameter processes: How many processes share a step.
    /// - Returns: The settings, checked.
    /// - Throws: `RunError.badSetting`, and what reading the files throws.
    func settings(for processes: Int) throws -> RunConfiguration {
        let configuration = try RunConfiguration.read(file: configurationPath)
        try configuration.validate()
        try configuration.requireUnits(for: processes)
        // Without it, another set of layers would look for its changes in the checkpoint.
        if configuration.lora.adapter.isEmpty, try identity()?.adapter != nil {
            throw RunError.badSetting(
                path: "lora.adapter", expected: "the adapter that the run started from", found: "nothing")
        }
        return configuration
    }

    /// The checkpoint to resume from, verified.
    ///
    /// - Parameter wanted: The completed steps; nil for the newest checkpoint. 0 is the run's model when there
    ///   is no checkpoint after 0 steps.
    /// - Returns: The step and its checkpoint.
    /// - Throws: `RunError.noCheckpoint`, and `RunError.damagedCheckpoint`, which names one that is sound.
    func resumePoint(from wanted: Int?) throws -> ResumePoint {
        let steps = try checkpointSteps()
        let step = wanted ?? steps.last ?? 0
        guard steps.contains(step) else {
            guard step == 0 else { throw RunError.noCheckpoint(path: path, step: step, known: steps) }
            return ResumePoint(step: 0, checkpoint: nil)
        }
        do {
            return ResumePoint(step: step, checkpoint: try soundCheckpoint(step))
        } catch let error as CheckpointError where error.concernsContent {
            let others = steps.filter { $0 < step }.reversed() + steps.filter { $0 > step }
            let sound = try others.first { other in
                do { return try soundCheckpoint(other).location == checkpoint(other) } catch let error
                    as CheckpointError where error.concernsContent
                { return false }
            }
            throw RunError.damagedCheckpoint(path: path, problem: "\(error)", soundStep: sound)
        }
    }

    /// The point that process 0 found and all processes resume from.
    ///
    /// - Parameter step: The completed steps of its checkpoint; nil when process 0 begins again from the model.
    /// - Returns: The point.
    /// - Throws: `RunError.noCheckpoint` where this process does not see the checkpoint, and what opening it throws.
    func sharedPoint(after step: Int?) throws -> ResumePoint {
        guard let step else { return ResumePoint(step: 0, checkpoint: nil) }
        let steps = try checkpointSteps()
        guard steps.contains(step) else { throw RunError.noCheckpoint(path: path, step: step, known: steps) }
        return ResumePoint(step: step, checkpoint: try openCheckpoint(checkpoint(step)))
    }

    private func soundCheckpoint(_ step: Int) throws -> any CheckpointReader {
        let reader = try openCheckpoint(checkpoint(step))
        try reader.requireSound()
        return reader
    }

    /// Moves the checkpoints after a resume point, and the results of a finished run, into a new folder
    /// `set-aside-N`, with copies of the records.
    ///
    /// The newest checkpoint moves first, so after a kill in between the run can still be resumed.
    ///
    /// - Returns: The folder and the number of checkpoints, or nil when there are none to move.
    /// - Throws: `RunError.cannotWrite`.
    func setAside(after point: ResumePoint) throws -> (folder: String, count: Int)? {
        let later = try checkpointSteps().filter { $0 > point.lastRecordedStep }
        guard !later.isEmpty else { return nil }
        let files = FileManager.default
        var number = 1
        while files.fileExists(atPath: "\(path)/set-aside-\(number)") { number += 1 }
        let folder = "\(path)/set-aside-\(number)"
        do {
            try files.createDirectory(atPath: "\(folder)/checkpoints", withIntermediateDirectories: true)
            let copied = Self.recordNames + Self.identityNames + [Self.answerFolder, Self.nonFiniteFolder]
            for name in copied where files.fileExists(atPath: "\(path)/\(name)") {
                try files.copyItem(atPath: "\(path)/\(name)", toPath: "\(folder)/\(name)")
            }
            for name in Self.resultNames where files.fileExists(atPath: "\(path)/\(name)") {
                try files.moveItem(atPath: "\(path)/\(name)", toPath: "\(folder)/\(name)")
            }
            for step in later.reversed() {
                let name = (checkpoint(step) as NSString).lastPathComponent
                try files.moveItem(atPath: checkpoint(step), toPath: "\(folder)/checkpoints/\(name)")
            }
        } catch {
            throw RunError.cannotWrite(path: folder, reason: systemReason(of: error))
        }
        return (folder, later.count)
    }
}

extension CheckpointError {
    /// Whether the problem is what the file contains, and not whether it can be opened.
    fileprivate var concernsContent: Bool {
        switch self {
        case .cannotOpen, .alreadyExists, .cannotWrite, .noSpace: false
        default: true
        }
    }
}
