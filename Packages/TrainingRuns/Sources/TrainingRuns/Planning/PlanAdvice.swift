// Settings with which a run that needs too much memory would fit, each checked by a rehearsal.
internal import Basics
internal import PolicyOptimization
internal import Rollouts
internal import VisionLanguageModel

/// Looks for settings that fit.
struct PlanAdvice {
    private let configuration: RunConfiguration
    private let bytes: Int
    private let hasPictures: Bool
    private let memory: (RunConfiguration, [String]) throws -> RunPlan.Memory

    /// Advice for a configuration that does not fit.
    ///
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - bytes: What they need.
    ///   - pictures: Whether rows have pictures.
    ///   - memory: Plans the memory of changed settings; gets the assignments that changed them.
    init(
        _ configuration: RunConfiguration, bytes: Int, pictures: Bool,
        memory: @escaping (RunConfiguration, [String]) throws -> RunPlan.Memory
    ) {
        (self.configuration, self.bytes, hasPictures) = (configuration, bytes, pictures)
        self.memory = memory
    }

    /// One change: assignments, and whether results stay the same up to rounding.
    private struct Change {
        var assignments: [String]
        var changesNothing = false
    }

    /// What can be changed, the mildest first; a number is tried at its half, quarter and so on.
    private var changes: [[Change]] {
        let now = configuration
        func halves(_ path: String, _ value: Int, _ least: Int, changesNothing: Bool = false) -> [Change] {
            var (value, found) = (value / 2, [Change]())
            while value >= least {
                found.append(Change(assignments: ["\(path)=\(value)"], changesNothing: changesNothing))
                value /= 2
            }
            return found
        }
        var all: [[Change]] = []
        if !now.gradientCheckpointing {
            all.append([Change(assignments: ["gradientCheckpointing=true"], changesNothing: true)])
        }
        all.append(halves("microBatchTokens", now.microBatchTokens, 64, changesNothing: true))
        if !now.data.test.isEmpty {
            all.append(halves("evaluation.batchSize", now.evaluation.batchSize, 1, changesNothing: true))
        }
        if now.dtype == .float32 { all.append([Change(assignments: ["dtype=bfloat16"])]) }
        if now.lora.rank == 0 {
            all.append([Change(assignments: ["lora.rank=16", "dtype=bfloat16"])])
        }
        if now.method == .grpo {
            all.append(halves("grpo.maxNewTokens", now.grpo.maxNewTokens, 16))
            all.append(halves("grpo.groupSize", now.grpo.groupSize, 2))
            all.append(halves("grpo.promptsPerStep", now.grpo.promptsPerStep, 1))
        } else {
            all.append(halves("sft.batchSize", now.sft.batchSize, 1))
        }
        if hasPictures {
            all.append(
                [602_112, 301_056, 150_528].filter { now.data.maxPixels == 0 || $0 < now.data.maxPixels }
                    .map { Change(assignments: ["data.maxPixels=\($0)"]) })
        }
        return all
    }

    private func memory(with assignments: [String]) throws -> RunPlan.Memory? {
        // A change that other settings or the family forbid is no advice.
        guard let changed = try configuration.changed(by: assignments) else { return nil }
        do { return try memory(changed, assignments) } catch is RunError { return nil }
    }

    /// Changes that fit alone; without any, the fewest of them in order that fit together.
    ///
    /// - Returns: At most five; empty when nothing helps.
    /// - Throws: What planning throws.
    func found() throws -> [RunPlan.Advice] {
        var alone: [RunPlan.Advice] = []
        var best: [(change: Change, bytes: Int)] = []
        for kind in changes {
            var least: (change: Change, bytes: Int)?
            for change in kind {
                guard let memory = try memory(with: change.assignments) else { continue }
                if memory.fits {
                    alone.append(
                        .init(
                            settings: change.assignments, bytes: memory.total,
                            changesNothing: change.changesNothing))
                    break
                }
                // From here on a smaller number changes nothing.
                if let least, memory.total >= least.bytes { break }
                least = (change, memory.total)
            }
            if let least, least.bytes < bytes { best.append(least) }
            if alone.count == 5 { break }
        }
        guard alone.isEmpty else { return alone }
        var (together, changesNothing) = ([String](), true)
        for (change, _) in best {
            together += change.assignments.filter { !together.contains($0) }
            changesNothing = changesNothing && change.changesNothing
            guard let memory = try memory(with: together), memory.fits else { continue }
            return [.init(settings: together, bytes: memory.total, changesNothing: changesNothing)]
        }
        return []
    }
}
