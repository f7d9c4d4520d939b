// A model with matrices rounded to few bits, to be stored.
public import Basics
internal import CChunks

/// A checkpoint some of whose matrices appear as codes and scales, which `StoredCodes` describes.
///
/// Training state is left out: it belongs to the weights before rounding.
public final class QuantizedCheckpoint: CheckpointView {
    /// The model before rounding.
    public let source: any CheckpointReader
    /// The tensors, with two in place of each rounded one.
    public let tensors: [TensorInfo]
    private let positions: [NameBytes: Int]
    private let parts: [NameBytes: Part]

    /// One of the two tensors of a rounded matrix.
    private struct Part: Sendable {
        let original: TensorInfo
        let codes: WeightCodes
        let isScales: Bool
    }

    /// Presents `source`.
    ///
    /// - Parameters:
    ///   - source: The model; none of its tensors is in few bits.
    ///   - codes: How a tensor is rounded; nil for one that is kept. Only matrices of floating-point numbers are, and
    ///     to int4 only those whose rows are whole groups.
    /// - Throws: `CheckpointError.unsupported` for a model that is stored in few bits.
    public init(_ source: any CheckpointReader, codes: (TensorInfo) -> WeightCodes?) throws {
        self.source = source
        var (tensors, parts): ([TensorInfo], [NameBytes: Part]) = ([], [:])
        guard !source.storesCodes else {
            throw CheckpointError.unsupported(
                file: source.location,
                problem: "its matrices are in few bits already; take the model from which it was made")
        }
        for info in source.tensors {
            guard let codes = codes(info) else {
                tensors.append(info)
                continue
            }
            let columns = info.shape.last ?? 0
            require(
                info.shape.count == 2 && info.dtype.chunkKind != nil
                    && (codes == .int8 || columns % codes.groupSize == 0),
                "QuantizedCheckpoint: \(info) in \(codes)")
            let pair = [
                TensorInfo(
                    name: info.name + StoredCodes.suffix(codes), dtype: .uint8,
                    shape: [info.shape[0], codes.byteCount(columns)]),
                TensorInfo(
                    name: info.name + StoredCodes.scaleSuffix, dtype: .bfloat16,
                    shape: [info.shape[0], codes.groupCount(columns)]),
            ]
            for (number, part) in pair.enumerated() {
                parts[part.name.nameBytes] = Part(original: info, codes: codes, isScales: number == 1)
            }
            tensors += pair
        }
        self.tensors = tensors
        self.parts = parts
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name.nameBytes, $0) })
    }

    /// How many matrices appear as codes.
    public var matrixCount: Int { parts.count / 2 }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? { positions[name.nameBytes].map { tensors[$0] } }

    /// Whether the tensor is kept and mapped in the source.
    public func isMapped(_ name: String) -> Bool { parts[name.nameBytes] == nil && source.isMapped(name) }

    /// The hash of a tensor that is kept.
    public func recordedHash(of name: String) -> String? {
        parts[name.nameBytes] == nil ? source.recordedHash(of: name) : nil
    }

    /// Gives `body` a tensor's bytes; throws as `withBytes(of:in:_:)` does.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let info = info(name), parts[name.nameBytes] != nil else {
            return unsafe try source.withBytes(of: name, body)
        }
        return unsafe try withBytes(of: name, in: 0..<info.byteCount, body)
    }

    /// Gives `body` the bytes `range` of a tensor, rounded during the call.
    ///
    /// Throws `CheckpointError.unsupported` for a weight that is not finite.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let part = parts[name.nameBytes], let info = info(name),
            let kind = part.original.dtype.chunkKind
        else { return unsafe try source.withBytes(of: name, in: range, body) }
        let (original, codes, columns) = (part.original, part.codes, part.original.shape[1])
        let size = max(1, info.byteCount / max(1, info.shape[0]))
        let rows = range.lowerBound / size..<(range.upperBound + size - 1) / size
        let stored = columns * original.dtype.byteCount
        let codeBytes = try PageBuffer(rows.count * codes.byteCount(columns), for: name, of: location)
        let scaleBytes = try PageBuffer(rows.count * 2 * codes.groupCount(columns), for: name, of: location)
        var row = [Float](repeating: 0, count: columns)
        let fault = unsafe try source.withBytes(
            of: original.name, in: rows.lowerBound * stored..<rows.upperBound * stored
        ) { bytes in
            unsafe r1_quantize_rows(
                bytes.baseAddress, kind, codes.number, rows.count, columns, &row,
                codeBytes.bytes.baseAddress, scaleBytes.bytes.baseAddress)
        }
        guard fault == 0 else {
            throw CheckpointError.unsupported(
                file: source.file(of: original.name),
                problem:
                    "\(original.name), row \(rows.lowerBound + fault - 1): infinity or NaN, which \(codes) "
                    + "cannot hold")
        }
        let start = range.lowerBound - rows.lowerBound * size
        return unsafe try (part.isScales ? scaleBytes : codeBytes).withBytes { bytes in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    /// None.
    public var trainingTensors: [TensorInfo] { [] }
    /// None.
    public var trainerState: [UInt8]? { nil }
    /// Always nil: a split is about the tensors before rounding.
    public var shardPlan: ShardPlan? { nil }
}
