// The rows of a file that can be used, and the others with their reasons.
internal import ImageInput
public import Rewards
public import TrainingData
public import VisionLanguageModel

/// The rows of one file, checked before any of them is used.
public struct UsableRows: Sendable {
    /// Rows that can be read, have usable pictures and a gold that their reward understands, in order.
    public let samples: [Sample]
    /// What each of the samples is by content.
    public let identities: [RowIdentity]
    /// The rows that were set aside, each with its reason, in the order of the file.
    public let rejects: [Reject]

    /// Reads a file and sets unusable rows aside.
    ///
    /// - Parameters:
    ///   - path: JSON lines.
    ///   - router: Knows the tasks and reads the golds.
    ///   - policy: What happens to rows that cannot be read, lack an image or have one that cannot be decoded.
    ///     Unusable golds are always set aside.
    ///   - keepsLines: Whether each sample keeps the bytes of its line.
    ///   - needs: What every row must have. A row with an answer to learn needs no gold and no reward.
    ///   - task: The task of rows that name none; nil guesses it by the gold.
    ///   - map: Which key of a row is which key of the record.
    ///   - processor: The model that will be shown the pictures; without it sizes that it refuses are not found.
    /// - Throws: `SampleError` for a file that cannot be read and, with `.stop`, `SampleError` or `RowError`
    ///   for the first bad row; `RewardError` for a task without a reward; `RowError` when no usable row is
    ///   left.
    public init(
        _ path: String, router: RewardRouter, rejects policy: RejectPolicy = .stop, keepsLines: Bool = false,
        needs: RowNeeds = .gold, task: Sample.Task? = nil, map: RowMap = RowMap(),
        processor: Processor? = nil
    ) throws {
        var options = RowOptions()
        (options.needs, options.rejects, options.keepsLines) = (needs, policy, true)
        (options.task, options.map) = (task, map)
        let read = try SampleReader.read(path, options)
        func isAnswered(_ sample: Sample) -> Bool { needs == .target && sample.assistantTurn != nil }
        try router.validate(read.samples.filter { !isAnswered($0) })
        let withImages = try checkImages(read.samples, rejects: policy)
        var withGolds = router.checkGolds(withImages.samples.filter { !isAnswered($0) })
        if needs == .target {
            // The order of the file, with the rows that need no gold.
            let unusable = Set(withGolds.rejects.map { RowPlace(file: $0.file, line: $0.line) })
            withGolds.samples = withImages.samples.filter {
                isAnswered($0) || !unusable.contains(RowPlace(file: $0.file, line: $0.line))
            }
        }
        var rejects = read.rejects + withImages.rejects + withGolds.rejects
        var (samples, identities): ([Sample], [RowIdentity]) = ([], [])
        let all = try RowIdentity.read(withGolds.samples) { bytes, name in
            if let processor {
                try processor.check(bytes, name: name)
            } else {
                try checkImage(bytes, name: name)
            }
        }
        for (var sample, identity) in zip(withGolds.samples, all) {
            do {
                identities.append(try identity.get())
                if !keepsLines { sample.sourceLine = nil }
                samples.append(sample)
            } catch {
                let problem = RowError(location: sample.location, problem: "\(error)")
                guard policy == .collect else { throw problem }
                rejects.append(Reject(file: sample.file, line: sample.line, reason: "\(problem)"))
            }
        }
        (self.samples, self.identities) = (samples, identities)
        self.rejects = rejects.sorted { ($0.file, $0.line) < ($1.file, $1.line) }
        if samples.isEmpty {
            let first = rejects.first.map { "; the first: \($0.reason)" } ?? ""
            throw RowError(location: path, problem: "none of its \(rejects.count) rows can be used\(first)")
        }
    }
}
