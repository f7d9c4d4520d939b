// What a tiny training run needs: a few handwritten rows, settings for a few steps, and a look at its results.
import Foundation
import TestKit
import Testing

/// The two methods of `r1-train`.
enum TrainMethod: String, CaseIterable {
    case sft, grpo
}

/// A folder with rows, their pictures and `run.yaml`; runs are written into it.
final class TrainFolder {
    /// Steps of a whole run: enough that a signal after the first finds it at work.
    static let steps = 5
    let folder = TemporaryFolder()

    /// Writes the rows and settings.
    init() throws {
        let rows = try Fixtures.exampleRows(6)
        try folder.write("train.jsonl", exampleRows: rows)
        try folder.write("test.jsonl", exampleRows: rows.prefix(2))
        try folder.write("run.yaml", Self.yaml(folder))
    }

    private static func yaml(_ folder: TemporaryFolder) -> String {
        """
        model: \(Fixtures.url("checkpoints/qwen25vl-tiny").path)
        data: {train: \(folder.path("train.jsonl")), test: \(folder.path("test.jsonl"))}
        steps: \(steps)
        seed: 3
        threads: 1
        learningRate: {peak: 1.0e-3}
        sft: {batchSize: 2}
        grpo: {promptsPerStep: 2, groupSize: 2, maxNewTokens: 6}
        evaluation: {answersPerPrompt: 1, maxNewTokens: 3}
        checkpoints: {every: 1, keepLast: 2}

        """
    }

    /// The command line of a new run.
    func new(_ method: TrainMethod, _ run: String, _ more: String...) -> [String] {
        [method.rawValue, "--config", folder.path("run.yaml"), "--run", folder.path(run)] + more
    }

    /// The command line that resumes a run.
    func resume(_ run: String) -> [String] { ["resume", folder.path(run)] }

    /// Makes a whole run without interruption.
    func finish(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let result = try run("r1-train", arguments)
        #expect(result.exitCode == 0, "\(result.testDescription)", sourceLocation: sourceLocation)
    }

    /// How many steps a run has recorded.
    func recordedSteps(_ run: String) -> Int {
        guard let text = try? folder.text("\(run)/metrics.jsonl") else { return 0 }
        return text.split(separator: "\n").count
    }

    /// Files of an unfinished save.
    func unfinished(_ run: String) -> [String] {
        ((try? folder.names("\(run)/checkpoints")) ?? []).filter { !$0.hasSuffix(".h5") }
    }

    /// Expects that two runs recorded the same and ended with the same weights, moments and state, bit for bit.
    func expectSame(_ a: String, _ b: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for name in ["metrics.jsonl", "samples.jsonl", "evaluations.jsonl"] where folder.has("\(a)/\(name)") {
            #expect(
                try folder.text("\(a)/\(name)") == folder.text("\(b)/\(name)"), "\(name)",
                sourceLocation: sourceLocation)
        }
        #expect(recordedSteps(a) == Self.steps, sourceLocation: sourceLocation)
        let summaries = try [a, b].map {
            try folder.text("\($0)/summary.json").replacingOccurrences(of: folder.path($0), with: "RUN")
        }
        #expect(summaries[0] == summaries[1], sourceLocation: sourceLocation)
        let checkpoints = try folder.names("\(a)/checkpoints")
        #expect(try folder.names("\(b)/checkpoints") == checkpoints, sourceLocation: sourceLocation)
        #expect(checkpoints == ["step-000004.h5", "step-000005.h5"], sourceLocation: sourceLocation)
        for name in checkpoints {
            let (left, right) = ("\(a)/checkpoints/\(name)", "\(b)/checkpoints/\(name)")
            let comparison = try diff(folder.path(left), folder.path(right))
            #expect(comparison.exitCode == 0, "\(comparison.testDescription)", sourceLocation: sourceLocation)
            // The whole file, so moments and trainer state as well.
            #expect(
                try Data(contentsOf: folder.url(left)) == Data(contentsOf: folder.url(right)), "\(name)",
                sourceLocation: sourceLocation)
        }
    }

    /// Expects that every checkpoint that has its name is complete and sound.
    func expectSoundCheckpoints(_ run: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        for name in try folder.names("\(run)/checkpoints") where name.hasSuffix(".h5") {
            let check = try convert("verify", folder.path("\(run)/checkpoints/\(name)"))
            #expect(check.exitCode == 0, "\(check.testDescription)", sourceLocation: sourceLocation)
        }
    }
}
