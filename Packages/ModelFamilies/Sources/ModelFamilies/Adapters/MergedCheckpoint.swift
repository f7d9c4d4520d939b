// A stored model with a LoRA adapter added to its weights.
internal import Basics
internal import CLowRank
internal import Checkpoint
internal import StrictJSON

/// A base whose tensors appear with an adapter's changes: W + scale * B A, in float32, rounded once.
///
/// A piece is computed while it is read, with the rows of B that it needs, so memory does not grow with the model.
/// Training state of the base is left out: it is that of other weights.
final class MergedCheckpoint: CheckpointView {
    /// A change with everything that was checked.
    private struct Merge: Sendable {
        let change: AdapterChange
        let scale: Float
    }

    let source: any CheckpointReader
    let readingNotes: [String]
    private let adapter: any CheckpointReader
    private let files: [String]
    private let merges: [NameBytes: Merge]

    /// Adds `changes`, whose names are those of `base`.
    ///
    /// Throws `CheckpointError` for a tensor that does not fit, and `ConfigurationError`.
    init(
        _ base: any CheckpointReader, _ changes: [(name: String, change: AdapterChange)],
        of adapter: any CheckpointReader, _ configuration: AdapterConfiguration, files: [String],
        notes: [String]
    ) throws {
        (source, self.adapter, self.files) = (base, adapter, files)
        readingNotes = base.readingNotes + notes
        merges = Dictionary(
            uniqueKeysWithValues: try changes.map { name, change in
                guard let info = base.info(name) else {
                    throw CheckpointError.missingTensor(
                        key: name, file: base.location, expected: nil, others: 0)
                }
                guard info.dtype.lowRankKind != nil else {
                    throw CheckpointError.unsupported(
                        file: base.file(of: name),
                        problem: "tensor \(name) has type \(info.dtype), expected fractions")
                }
                let scale = try Self.scale(change, info, adapter, configuration)
                return (name.nameBytes, Merge(change: change, scale: scale))
            })
    }

    /// Checks the shapes of a change; returns the factor of its product.
    private static func scale(
        _ change: AdapterChange, _ info: TensorInfo, _ adapter: any CheckpointReader,
        _ configuration: AdapterConfiguration
    ) throws -> Float {
        func expect(_ tensor: TensorInfo?, _ shape: [Int]) throws {
            guard let tensor else { return }
            // The last sides of a convolution's second matrix are 1.
            let found = tensor.shape + [Int](repeating: 1, count: max(0, shape.count - tensor.shape.count))
            guard found.prefix(shape.count) == shape[...],
                found.dropFirst(shape.count).allSatisfy({ $0 == 1 })
            else {
                throw CheckpointError.wrongShape(
                    key: tensor.name, file: adapter.location, expected: shape, found: tensor.shape)
            }
            guard tensor.dtype.lowRankKind != nil else {
                throw CheckpointError.unsupported(
                    file: adapter.location,
                    problem: "tensor \(tensor.name) has type \(tensor.dtype), expected fractions")
            }
        }
        try expect(change.replacement, info.shape)
        try expect(change.addedBias, info.shape)
        if change.addedBias != nil {
            let matrix = adapter.tensors.first {
                $0.name == change.addedBias?.name.replacing(".bias", with: ".weight")
            }
            guard let rank = matrix?.shape.dropFirst().first else {
                throw CheckpointError.missingTensor(
                    key: "\(change.module).lora_B.weight", file: adapter.location, expected: nil, others: 0)
            }
            return try configuration.scale(of: change.module, rank: rank)
        }
        guard let factors = change.factors, let rank = factors.first?.shape.first else { return 0 }
        let outputs = info.shape[0], inputs = Array(info.shape.dropFirst())
        guard info.shape.count >= 2 else {
            throw CheckpointError.wrongShape(
                key: factors.first?.name ?? "", file: adapter.location, expected: [], found: info.shape)
        }
        try expect(factors.first, factors.isTable ? [rank, outputs] : [rank] + inputs)
        try expect(factors.second, factors.isTable ? inputs + [rank] : [outputs, rank])
        return try configuration.scale(of: change.module, rank: rank)
    }

    /// Those of the base and of the adapter.
    var sourceFiles: [String] { source.sourceFiles + files }
    /// None: the base's is that of other weights.
    var trainingTensors: [TensorInfo] { [] }
    /// None: the base's is that of other weights.
    var trainerState: [UInt8]? { nil }

    /// Whether the tensor is the base's own.
    func isMapped(_ name: String) -> Bool { merges[name.nameBytes] == nil && source.isMapped(name) }
    /// The hash of the base's tensor if it is not changed.
    func recordedHash(of name: String) -> String? {
        merges[name.nameBytes] == nil ? source.recordedHash(of: name) : nil
    }

    /// Gives `body` a tensor's bytes; throws as `withBytes(of:in:_:)` does.
    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard merges[name.nameBytes] != nil, let info = source.info(name) else {
            return unsafe try source.withBytes(of: name, body)
        }
        return unsafe try withBytes(of: name, in: 0..<info.byteCount, body)
    }

    /// Gives `body` the bytes `range` of a tensor, merged during the call.
    ///
    /// Throws `CheckpointError.unsupported` for a sum that is too large for the base's type, and what reading throws.
    func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let merge = merges[name.nameBytes], let info = source.info(name), !range.isEmpty else {
            return unsafe try source.withBytes(of: name, in: range, body)
        }
        let rowByteCount = info.byteCount / info.shape[0]
        let rows = range.lowerBound / rowByteCount..<(range.upperBound + rowByteCount - 1) / rowByteCount
        let memory = try PageBuffer(
            for: TensorInfo(name: name, dtype: .uint8, shape: [rows.count * rowByteCount]), of: location)
        try fill(memory, rows, info, merge)
        let start = range.lowerBound - rows.lowerBound * rowByteCount
        return unsafe try memory.withBytes { bytes in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    /// Stores the rows of a merged tensor.
    private func fill(_ memory: PageBuffer, _ rows: Range<Int>, _ info: TensorInfo, _ merge: Merge) throws {
        let columns = info.elementCount / info.shape[0]
        let (left, right) = try factors(of: merge.change, rows, columns)
        let (reader, from): (any CheckpointReader, TensorInfo) =
            merge.change.replacement.map { (adapter, $0) } ?? (source, info)
        let rowByteCount = columns * from.dtype.byteCount
        let stored = rows.lowerBound * rowByteCount..<rows.upperBound * rowByteCount
        guard let type = from.dtype.lowRankKind, let outType = info.dtype.lowRankKind else {
            fatalError("MergedCheckpoint: \(info.name) does not hold fractions")
        }
        let overflows = unsafe try reader.withBytes(of: from.name, in: stored) { bytes in
            unsafe r1_add_low_rank(
                bytes.baseAddress, type, memory.bytes.baseAddress, outType, rows.count, columns, left, right,
                right.count / columns, merge.scale)
        }
        guard overflows == 0 else {
            throw CheckpointError.unsupported(
                file: location,
                problem: "\(info.name) with the adapter has numbers that are too large for \(info.dtype)")
        }
    }

    /// The two factors of the rows of a change: [rows, rank] and [rank, columns]; empty without one.
    private func factors(of change: AdapterChange, _ rows: Range<Int>, _ columns: Int) throws -> (
        left: [Float], right: [Float]
    ) {
        func numbers(_ tensor: TensorInfo, _ elements: Range<Int>? = nil) throws -> [Float] {
            guard let numbers = try floats(tensor, elements, in: adapter) else {
                fatalError("MergedCheckpoint: \(tensor.name) does not hold fractions")
            }
            return numbers
        }
        if let bias = change.addedBias { return (try numbers(bias, rows), [1]) }
        guard let factors = change.factors, let first = factors.first, let second = factors.second else {
            return ([], [])
        }
        let rank = first.shape[0]
        guard factors.isTable else {
            return (try numbers(second, rows.lowerBound * rank..<rows.upperBound * rank), try numbers(first))
        }
        let (wide, narrow, count) = (try numbers(first), try numbers(second), first.shape[1])
        return (
            rows.flatMap { row in (0..<rank).map { wide[$0 * count + row] } },
            (0..<rank).flatMap { number in (0..<columns).map { narrow[$0 * rank + number] } }
        )
    }
}

extension DType {
    /// The number of a floating-point type in the C interface; nil for other types.
    fileprivate var lowRankKind: Int32? {
        switch self {
        case .float32: Int32(R1_LOWRANK_FLOAT32)
        case .bfloat16: Int32(R1_LOWRANK_BFLOAT16)
        case .float16: Int32(R1_LOWRANK_FLOAT16)
        case .int32, .uint8: nil
        }
    }
}
