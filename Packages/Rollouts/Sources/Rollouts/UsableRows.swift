// The rows of a file that can be used, and the others with their reasons.
public import Rewards
public import TrainingData

/// The rows of one file, checked before any of them is used.
public struct UsableRows: Sendable {
    /// Rows that can be read, have all their images and a gold that their reward understands, in order.
    public let samples: [Sample]
    /// The rows that were set aside, each with its reason, in the order of the file.
    public let rejects: [Reject]

    /// Reads a file and sets unusable rows aside.
    ///
    /// - Parameters:
    ///   - path: JSON lines.
    ///   - router: Knows the tasks and reads the golds.
    ///   - policy: What happens to rows that cannot be read or lack an image. Unusable golds are always set
    ///     aside.
    ///   - keepsLines: Whether each sample keeps the bytes of its line.
    /// - Throws: `SampleError` for a file that cannot be read and, with `.stop`, for the first bad row;
    ///   `RewardError` for a task without a reward; `RowError` when no usable row is left.
    public init(
        _ path: String, router: RewardRouter, rejects policy: RejectPolicy = .stop, keepsLines: Bool = false
    ) throws {
        let read = try SampleReader.read(path, rejects: policy, keepsLines: keepsLines)
        try router.validate(read.samples)
        let withImages = try checkImages(read.samples, rejects: policy)
        let withGolds = router.checkGolds(withImages.samples)
        samples = withGolds.samples
        rejects = (read.rejects + withImages.rejects + withGolds.rejects).sorted { $0.line < $1.line }
        if samples.isEmpty {
            let first = rejects.first.map { "; the first: \($0.reason)" } ?? ""
            throw RowError(location: path, problem: "none of its \(rejects.count) rows can be used\(first)")
        }
    }
}
