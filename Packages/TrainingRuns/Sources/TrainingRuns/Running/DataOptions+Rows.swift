// The rows of a run: read in any layout, and reported when some are set aside or got a task by their gold.
internal import Rewards
internal import Rollouts
internal import TrainingData
internal import VisionLanguageModel

extension DataOptions {
    /// The rows of a file that a model can use; reports how many were set aside.
    func rows(
        _ path: String, _ router: RewardRouter, for processor: Processor, keepsLines: Bool = false,
        needs: RowNeeds = .gold,
        report: (String) -> Void
    ) throws -> UsableRows {
        let rows = try UsableRows(
            path, router: router, rejects: rejects, keepsLines: keepsLines, needs: needs,
            task: task.isEmpty ? nil : Sample.Task(rawValue: task),
            map: RowMap(map.split(separator: " ").map(String.init)), processor: processor)
        reportGuesses(rows.samples, of: path, report)
        if let first = rows.rejects.first {
            let count = rows.rejects.count
            let total = count + rows.samples.count
            report("\(path): set aside \(count) of \(total) rows; the first: \(first.reason)")
        }
        return rows
    }

    /// Reports how many rows got their task by their gold; rows of a training set say so once.
    private func reportGuesses(_ samples: [Sample], of path: String, _ report: (String) -> Void) {
        let guessed = Dictionary(grouping: samples.filter(\.isTaskGuessed), by: \.task.rawValue)
        guard !guessed.isEmpty else { return }
        let counts = guessed.map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", ")
        report("\(path): rows without a task got one by their gold: \(counts); data.task sets it")
    }
}
