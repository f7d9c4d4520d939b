// The largest value of one setting with which a run fits.
internal import Basics
internal import PolicyOptimization
internal import Rollouts
internal import VisionLanguageModel

/// A setting that a plan can solve for: the larger its value, the more the run needs.
struct SolvedSetting: Sendable {
    /// What a value needs.
    struct Cost {
        var fits: Bool
        var bytes: Int
        var seconds: Double?
    }

    let path: String
    private let get: @Sendable (RunConfiguration) -> Int
    private let least, most: Int

    private init(
        _ path: String, least: Int = 1, most: Int, _ get: @escaping @Sendable (RunConfiguration) -> Int
    ) {
        (self.path, self.least, self.most, self.get) = (path, least, most, get)
    }

    /// All of them.
    private static let all = [
        SolvedSetting("grpo.promptsPerStep", most: 65536) { $0.grpo.promptsPerStep },
        SolvedSetting("grpo.groupSize", least: 2, most: 4096) { $0.grpo.groupSize },
        SolvedSetting("grpo.maxNewTokens", most: 1 << 20) { $0.grpo.maxNewTokens },
        SolvedSetting("grpo.cacheTokens", most: 1 << 30) { $0.grpo.cacheTokens },
        SolvedSetting("microBatchTokens", most: 1 << 24) { $0.microBatchTokens },
        SolvedSetting("sft.batchSize", most: 65536) { $0.sft.batchSize },
        SolvedSetting("lora.rank", most: 65536) { $0.lora.rank },
        SolvedSetting("data.maxPixels", most: 1 << 26) { $0.data.maxPixels },
        SolvedSetting("evaluation.batchSize", most: 65536) { $0.evaluation.batchSize },
        SolvedSetting("steps", most: 1_000_000_000) { $0.steps },
    ]

    /// The names of all of them.
    static var paths: [String] { all.map { $0.path } }

    /// The setting with a path, or with its last part.
    ///
    /// - Throws: `RunError.badSetting` for one that cannot be solved for.
    init(_ name: String, hasTimeLimit: Bool) throws {
        guard
            let found = Self.all.first(where: { $0.path == name })
                ?? Self.all.first(where: { $0.path.hasSuffix("." + name) })
        else {
            throw RunError.badSetting(
                path: name, expected: "one that a plan solves for: \(Self.paths.joined(separator: ", "))",
                found: "another one")
        }
        guard found.path != "steps" || hasTimeLimit else {
            throw RunError.badSetting(
                path: "steps", expected: "a limit of time to solve for it", found: "none")
        }
        self = found
    }

    /// The value in a configuration.
    func value(in configuration: RunConfiguration) -> Int { get(configuration) }

    /// A configuration with a value; nil for one that other settings forbid.
    private func setting(_ value: Int, in configuration: RunConfiguration) throws -> RunConfiguration? {
        try configuration.changed(by: ["\(path)=\(value)"])
    }

    /// Finds the largest value that fits, by doubling and halving.
    ///
    /// - Parameters:
    ///   - configuration: Everything else.
    ///   - cost: What a configuration needs.
    /// - Returns: The value and the next one.
    /// - Throws: What `cost` throws.
    func solve(
        _ configuration: RunConfiguration, cost: (RunConfiguration) throws -> Cost
    ) throws -> RunPlan.Solution {
        var known: [Int: Cost] = [:]
        func fits(_ value: Int) throws -> Bool {
            guard let changed = try setting(value, in: configuration) else { return false }
            let found = try known[value] ?? cost(changed)
            known[value] = found
            return found.fits
        }
        let start = min(most, max(least, get(configuration)))
        var (fitting, tooLarge): (Int?, Int?) = (nil, nil)
        if try fits(start) {
            fitting = start
            while tooLarge == nil, let value = fitting, value < most {
                let next = min(most, 2 * value)
                if try fits(next) {
                    // A value from which on nothing changes needs no search.
                    if known[next]?.bytes == known[value]?.bytes,
                        known[next]?.seconds == known[value]?.seconds,
                        try fits(most), known[most]?.bytes == known[next]?.bytes
                    {
                        fitting = most
                    } else {
                        fitting = next
                    }
                } else {
                    tooLarge = next
                }
            }
        } else {
            tooLarge = start
            while fitting == nil, let value = tooLarge, value > least {
                let next = max(least, value / 2)
                if try fits(next) { fitting = next } else { tooLarge = next }
            }
        }
        while let low = fitting, let high = tooLarge, high - low > 1 {
            let middle = low + (high - low) / 2
            if try fits(middle) { fitting = middle } else { tooLarge = middle }
        }
        let (good, bad) = (fitting.flatMap { known[$0] }, tooLarge.flatMap { known[$0] })
        return RunPlan.Solution(
            setting: path, value: fitting, tooLarge: tooLarge, bytes: good?.bytes, tooLargeBytes: bad?.bytes,
            seconds: good?.seconds, tooLargeSeconds: bad?.seconds)
    }
}

extension RunConfiguration {
    /// The configuration with other settings; nil where the settings forbid one another, so that it is no candidate.
    ///
    /// - Throws: What opening an adapter throws.
    func changed(by assignments: [String]) throws -> RunConfiguration? {
        do {
            let changed = try RunConfiguration.read(file: nil, assignments: assignments, over: self)
            try changed.validate()
            return changed
        } catch is RunError {
            return nil
        }
    }
}
