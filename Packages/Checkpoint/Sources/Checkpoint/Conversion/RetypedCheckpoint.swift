// A stored model converted to another floating-point type, with a record of the rounding errors.
public import Basics
internal import CChunks
internal import Synchronization

/// A checkpoint whose floating-point tensors appear in one element type, rounded to nearest even.
///
/// Tensors of other types and the training state are unchanged. `config.json` names the new type if it named
/// one.
/// Rounding errors are measured while bytes are read; `roundings()` returns them.
public final class RetypedCheckpoint: CheckpointView {
    /// The rounding errors of one tensor.
    public struct Rounding: Sendable, Equatable {
        /// The tensor as it is now.
        public let tensor: TensorInfo
        /// The type that it had.
        public let oldType: DType
        /// The largest absolute error of an element.
        public internal(set) var largestError = 0.0
        /// The largest error relative to the element.
        public internal(set) var largestRelativeError = 0.0
    }

    /// A tensor's errors and the lengths of the pieces that have been read, by their first byte.
    private struct Measured {
        var rounding: Rounding
        var pieces: [Int: Int] = [:]
        var isComplete: Bool { pieces.values.reduce(0, +) >= rounding.tensor.byteCount }
    }

    /// The model in its original types.
    public let source: any CheckpointReader
    /// The type of the floating-point tensors.
    public let dtype: DType
    /// The tensors in the order of the source.
    public let tensors: [TensorInfo]
    private let positions: [NameBytes: Int]
    private let measured: Mutex<[Int: Measured]>

    /// The types that numbers can be stored in.
    static let dtypes: [DType] = [.float32, .bfloat16, .float16]

    /// Presents `source` in another type, one of `dtypes`.
    public init(_ source: any CheckpointReader, dtype: DType) {
        require(Self.dtypes.contains(dtype), "RetypedCheckpoint: \(dtype) does not hold fractions")
        self.source = source
        self.dtype = dtype
        tensors = source.tensors.map { info in
            Self.dtypes.contains(info.dtype)
                ? TensorInfo(name: info.name, dtype: dtype, shape: info.shape) : info
        }
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name.nameBytes, $0) })
        let changed = zip(source.tensors, tensors).enumerated().filter { $1.0.dtype != $1.1.dtype }
        measured = Mutex(
            Dictionary(
                uniqueKeysWithValues: changed.map {
                    ($0, Measured(rounding: Rounding(tensor: $1.1, oldType: $1.0.dtype)))
                }))
    }

    /// The rounding errors of each tensor whose type changed, in stored order.
    ///
    /// Tensors that were not read completely are read now. Throws what reading throws.
    public func roundings() throws -> [Rounding] {
        let missing = measured.withLock { $0.filter { !$1.isComplete }.keys.sorted() }
        _ = try parallelMap(missing.count) { number in
            let info = tensors[missing[number]]
            for piece in ByteSource(self, info).pieces(of: info) {
                unsafe try withBytes(of: info.name, in: piece) { _ in }
            }
        }
        return measured.withLock { $0.sorted { $0.key < $1.key }.map(\.value.rounding) }
    }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? { positions[name.nameBytes].map { tensors[$0] } }

    /// Gives `body` a tensor's bytes, unconverted if the type is the same; throws as `withBytes(of:in:_:)`
    /// does.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let info = info(name), info != source.info(name) else {
            return unsafe try source.withBytes(of: name, body)
        }
        return unsafe try withBytes(of: name, in: 0..<info.byteCount, body)
    }

    /// Gives `body` the bytes `range` of a tensor, rounded during the call if its type changes.
    ///
    /// Throws `CheckpointError.missingTensor`, and `.unsupported` for a number that is too large for the
    /// type.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let position = positions[name.nameBytes], let old = source.info(name) else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        guard old.dtype != tensors[position].dtype, let oldKind = old.dtype.chunkKind,
            let kind = dtype.chunkKind
        else { return unsafe try source.withBytes(of: name, in: range, body) }
        // Whole elements around the range.
        let size = dtype.byteCount
        let elements = range.lowerBound / size..<(range.upperBound + size - 1) / size
        let memory = try PageBuffer(
            for: TensorInfo(name: name, dtype: dtype, shape: [elements.count]), of: location)
        let stored =
            elements.lowerBound * old.dtype.byteCount..<elements.upperBound * old.dtype.byteCount
        let rounding = unsafe try source.withBytes(of: name, in: stored) { bytes in
            unsafe r1_convert(
                bytes.baseAddress, oldKind, memory.bytes.baseAddress, kind, elements.count)
        }
        guard rounding.overflows == 0 else {
            throw CheckpointError.unsupported(
                file: location,
                problem: "\(name) has numbers that are too large for \(dtype), whose largest is "
                    + (dtype == .float16 ? "65504" : "3.39e38"))
        }
        measured.withLock { measured in
            measured[position]?.pieces[range.lowerBound] = range.count
            if var known = measured[position]?.rounding {
                known.largestError = max(known.largestError, Double(rounding.absolute))
                known.largestRelativeError = max(known.largestRelativeError, Double(rounding.relative))
                measured[position]?.rounding = known
            }
        }
        let start = range.lowerBound - elements.lowerBound * size
        return unsafe try memory.withBytes { bytes in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    /// The hash of the source's tensor if its type does not change, else nil.
    public func recordedHash(of name: String) -> String? {
        info(name) == source.info(name) ? source.recordedHash(of: name) : nil
    }

    /// The hash of the source's side file; nil for `config.json`, which is changed.
    public func recordedHash(ofSideFile name: String) -> String? {
        name == FileNames.configuration ? nil : source.recordedHash(ofSideFile: name)
    }

    /// A side file of the source; `config.json` with the new type.
    public func sideFile(_ name: String) throws -> [UInt8]? {
        let bytes = try source.sideFile(name)
        guard name == FileNames.configuration, let bytes else { return bytes }
        let names = Self.dtypes.map(\.rawValue).joined(separator: "|")
        let pattern = try Regex("(\"(?:torch_)?dtype\"\\s*:\\s*\")(?:\(names))\"")
        let text = String(decoding: bytes, as: UTF8.self)
        return Array(text.replacing(pattern) { "\($0[1].substring ?? "")\(dtype)\"" }.utf8)
    }

    /// Whether the tensor keeps its type and is mapped in the source.
    public func isMapped(_ name: String) -> Bool { info(name) == source.info(name) && source.isMapped(name) }
    /// The source's plan if nothing changes; else nil, because shards with other sizes are split again.
    public var shardPlan: ShardPlan? { tensors == source.tensors ? source.shardPlan : nil }
}
