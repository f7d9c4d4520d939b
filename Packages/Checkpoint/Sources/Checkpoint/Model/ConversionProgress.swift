// The progress of a conversion.
internal import Basics

/// The progress of a conversion.
public struct ConversionProgress: Sendable {
    /// The tensor or file that is being written.
    public internal(set) var tensor: TensorInfo
    /// The number of the tensor or file, from 0.
    public internal(set) var number = -1
    /// The number of tensors and files.
    public let count: Int
    /// The bytes that are written.
    public internal(set) var doneByteCount = 0
    /// The bytes of everything.
    public let totalByteCount: Int
    /// The number of tensors reused from a killed run.
    public internal(set) var reusedCount = 0
    /// Their bytes.
    public internal(set) var reusedByteCount = 0
    /// Whether everything is written; `tensor` is the last one then.
    public internal(set) var isFinished = false
}

/// Counts written items and reports to the caller.
struct ProgressCount {
    private var progress: ConversionProgress
    private var byteCount = 0
    private let tell: (ConversionProgress) -> Void

    init(_ items: [TensorInfo], _ tell: @escaping (ConversionProgress) -> Void) {
        progress = ConversionProgress(
            tensor: TensorInfo(name: "", dtype: .uint8, shape: [0]), count: items.count,
            totalByteCount: items.reduce(0) { $0 + $1.byteCount })
        self.tell = tell
    }

    mutating func begin(_ info: TensorInfo) {
        progress.doneByteCount += byteCount
        byteCount = info.byteCount
        progress.tensor = info
        progress.number += 1
        tell(progress)
    }

    mutating func reused() {
        progress.reusedCount += 1
        progress.reusedByteCount += byteCount
    }

    /// Reports that everything is written.
    mutating func finish() {
        progress.doneByteCount += byteCount
        byteCount = 0
        progress.isFinished = true
        tell(progress)
    }
}
