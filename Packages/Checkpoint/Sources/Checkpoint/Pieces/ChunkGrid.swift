// How the compressed layout cuts a tensor into chunks. The cut depends only on the shape, not on what a file
// declares.
internal import Basics

/// The chunks of one tensor: each is one run of the tensor's bytes, and all have the same shape.
///
/// Going from the last dimension outwards, dimensions stay whole as long as a chunk fits into a MiB; the
/// first that does not fit is cut evenly, and those before it have chunk size 1. A cut may leave the last
/// chunk along that dimension shorter; HDF5 stores it as a full one, filled up with zeros.
struct ChunkGrid: Sendable, Equatable {
    /// The most bytes that a chunk has; 64 KiB would lose most of the gain.
    static let maximumByteCount = 1 << 20

    /// The sizes of a full chunk, one for each dimension of the tensor.
    let chunkShape: [Int]
    /// The bytes of a full chunk before compression.
    let byteCount: Int
    /// The bytes of one element.
    let elementByteCount: Int
    /// The number of chunks.
    let count: Int
    private let shape: [Int]
    private let axis: Int
    private let countAlongAxis: Int

    /// Cuts a tensor; nil for a single number and for a tensor without elements, which have no chunks.
    init?(_ info: TensorInfo) {
        guard !info.shape.isEmpty, !info.shape.contains(0) else { return nil }
        shape = info.shape
        elementByteCount = info.dtype.byteCount
        var axis = shape.count - 1
        var step = elementByteCount
        while axis > 0, step * shape[axis] <= Self.maximumByteCount {
            step *= shape[axis]
            axis -= 1
        }
        let most = Self.maximumByteCount / step
        let pieces = (shape[axis] - 1) / most + 1
        let length = (shape[axis] - 1) / pieces + 1
        self.axis = axis
        byteCount = length * step
        countAlongAxis = (shape[axis] - 1) / length + 1
        count = shape[..<axis].reduce(countAlongAxis, *)
        chunkShape = [Int](repeating: 1, count: axis) + [length] + shape[(axis + 1)...]
    }

    /// The tensor's bytes that a chunk holds.
    func range(_ number: Int) -> Range<Int> {
        let step = byteCount / chunkShape[axis]
        let (outer, piece) = number.quotientAndRemainder(dividingBy: countAlongAxis)
        let start = piece * chunkShape[axis]
        let length = min(chunkShape[axis], shape[axis] - start)
        let first = (outer * shape[axis] + start) * step
        return first..<first + length * step
    }

    /// The tensor's bytes that adjacent chunks hold.
    func range(_ numbers: Range<Int>) -> Range<Int> {
        range(numbers.lowerBound).lowerBound..<range(numbers.upperBound - 1).upperBound
    }

    /// How many chunks are processed together.
    static let batchLength = 4

    /// All chunks in runs of adjacent ones that are processed together.
    var batches: [Range<Int>] {
        stride(from: 0, to: count, by: Self.batchLength).map { $0..<min(count, $0 + Self.batchLength) }
    }

    /// The chunks that hold some of these bytes of the tensor; `range` is not empty and inside the tensor.
    func numbers(overlapping range: Range<Int>) -> ClosedRange<Int> {
        number(holding: range.lowerBound)...number(holding: range.upperBound - 1)
    }

    private func number(holding byte: Int) -> Int {
        let step = byteCount / chunkShape[axis]
        let (outer, inner) = byte.quotientAndRemainder(dividingBy: shape[axis] * step)
        return outer * countAlongAxis + inner / byteCount
    }

    /// The place of a chunk's first element, one number for each dimension.
    func origin(_ number: Int) -> [UInt64] {
        var origin = [UInt64](repeating: 0, count: shape.count)
        var (outer, piece) = number.quotientAndRemainder(dividingBy: countAlongAxis)
        origin[axis] = UInt64(piece * chunkShape[axis])
        for dimension in (0..<axis).reversed() {
            (outer, piece) = outer.quotientAndRemainder(dividingBy: shape[dimension])
            origin[dimension] = UInt64(piece)
        }
        return origin
    }

    /// The number of the chunk whose first element is here, or nil when none begins here.
    func number(at origin: [UInt64]) -> Int? {
        guard origin.count == shape.count, zip(origin, shape).allSatisfy({ $0 < UInt64($1) }) else {
            return nil
        }
        let outer = (0..<axis).reduce(0) { $0 * shape[$1] + Int(origin[$1]) }
        let number = outer * countAlongAxis + Int(origin[axis]) / chunkShape[axis]
        return self.origin(number) == origin ? number : nil
    }
}

extension TensorInfo {
    /// The tensor's bytes cut into pieces of up to a MiB, as the compressed layout cuts them.
    public var pieces: [Range<Int>] {
        guard let grid = ChunkGrid(self) else { return byteCount == 0 ? [] : [0..<byteCount] }
        return (0..<grid.count).map(grid.range)
    }
}
