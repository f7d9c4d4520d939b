// How far a conversion is.
internal import Basics

/// How far a conversion is.
public struct ConversionProgress: Sendable {
    /// What is being written.
    public internal(set) var tensor: TensorInfo
    /// The number of the tensor or file, from 0.
    public internal(set) var number = -1
    /// How many there are.
    public let count: Int
    /// The bytes that are written.
    public internal(set) var doneByteCount = 0
    /// The bytes of everything.
    public let totalByteCount: Int
    /// How many tensors a killed run had already written.
    public internal(set) var reusedCount = 0
    /// Their bytes.
    public internal(set) var reusedByteCount = 0
    /// Whether everything is written; `tensor` is the last one then.
    public internal(set) var isFinished = false
}

/// Counts what is written and tells the caller.
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

    /// Says that everything is written.
    mutating func finish() {
        progress.doneByteCount += byteCount
        byteCount = 0
        progress.isFinished = true
        tell(progress)
    }
}
