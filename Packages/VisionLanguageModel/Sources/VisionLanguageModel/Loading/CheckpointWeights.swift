// The weights of a stored model, and the model that uses them.
public import Basics
public import Checkpoint
internal import Foundation
public import ModelFamilies
public import TensorMath

extension LanguageModel {
    /// The model in a checkpoint of any family, style and format.
    ///
    /// - Parameters:
    ///   - checkpoint: Needs a `config.json`, but no tokenizer.
    ///   - compute: float32, or bfloat16 for inference only.
    ///   - quantization: How to hold the decoder's matrices; in few bits for inference only.
    ///   - families: The families to choose from.
    ///   - adapters: The changes of low rank that are trained instead of the weights; nil for none.
    ///   - frozen: The weights that training leaves as they are; nil for none.
    ///   - tokenID: The id of a token's text, for layouts that leave ids to the tokenizer.
    /// - Throws: `CheckpointError`, `ConfigurationError` or `ModelError`, naming file and key; `MemoryError` before a
    ///   weight is read.
    public convenience init(
        _ checkpoint: any CheckpointReader, compute: DType = .float32, quantization: Quantization = .none,
        families: [ModelFamily] = ModelFamily.known, adapters: AdapterStart? = nil,
        frozen: FrozenWeights? = nil, tokenID: (String) -> Int32? = { _ in nil }
    ) throws {
        let configuration = try ModelConfiguration(of: checkpoint, families: families).computable(tokenID)
        let weights = try CheckpointWeights(
            checkpoint, compute: compute, quantization: quantization, families: families, frozen: frozen)
        try AvailableMemory.require(
            weights.allocatedSizes.sumIfFits, reusable: MemoryStatistics.waitingBytes,
            "\(checkpoint.location): its weights in \(quantization.name ?? compute.rawValue) need",
            advice: compute == .bfloat16 ? "use a smaller model" : "use bfloat16 or a smaller model")
        let changes = try adapters?.source(configuration)
        try self.init(
            configuration, source: weights, hasHead: weights.hasSeparateHead(configuration),
            changes: changes)
        try changes?.requireAllUsed(by: parameters)
    }
}

/// Weights of a checkpoint under the model's names, in the type used for products.
public struct CheckpointWeights: ParameterSource {
    private let checkpoint: StyledCheckpoint
    private let configuration: ModelConfiguration
    private let compute: DType
    private let quantization: Quantization
    /// Starts of the names of frozen weights, and the checkpoint that has them.
    private let frozen: (prefixes: [String], checkpoint: StyledCheckpoint)?

    /// Maps a checkpoint of any public style to the canonical names and checks that all weights exist.
    ///
    /// - Parameters:
    ///   - checkpoint: A checkpoint of any known family.
    ///   - compute: float32 widens every weight. bfloat16, for inference only, uses stored bfloat16 unchanged
    ///     (with mmap where the file allows it) and rounds other types.
    ///   - quantization: How `weight(named:shape:)` holds the decoder's matrices; in few bits for inference only.
    ///   - families: The families to choose from.
    ///   - frozen: Weights that stay as they are stored, if that is float32 or bfloat16, whatever `compute` is; used
    ///     where they are mapped; nil for none.
    /// - Throws: `CheckpointError` naming the key and both shapes.
    public init(
        _ checkpoint: any CheckpointReader, compute: DType = .float32, quantization: Quantization = .none,
        families: [ModelFamily] = ModelFamily.known, frozen: FrozenWeights? = nil
    ) throws {
        self.checkpoint = try StyledCheckpoint(checkpoint, families: families)
        configuration = try ModelConfiguration(of: checkpoint, families: families)
        self.compute = compute
        self.quantization = quantization
        self.frozen = try frozen.map {
            ($0.prefixes, try StyledCheckpoint($0.checkpoint, families: families))
        }
    }

    /// A stored weight, and how it is held.
    private struct Stored {
        let checkpoint: StyledCheckpoint
        let info: TensorInfo
        /// float32 or bfloat16.
        let dtype: DType
        /// Whether no one changes it, so that it may be used where it is mapped.
        let isConstant: Bool

        /// Whether its bytes in the file are those that products read, and stay valid.
        var isUsedInPlace: Bool { isConstant && info.dtype == dtype && checkpoint.isMapped(info.name) }
    }

    /// Where a weight is stored, and how it is held: a frozen one as it is stored.
    private func stored(_ name: String) -> Stored? {
        if let frozen, frozen.prefixes.contains(where: { name.hasPrefix($0) }),
            let info = frozen.checkpoint.info(name),
            info.dtype == .bfloat16 || info.dtype == .float32 && compute == .float32
        {
            return Stored(checkpoint: frozen.checkpoint, info: info, dtype: info.dtype, isConstant: true)
        }
        return checkpoint.info(name).map {
            Stored(checkpoint: checkpoint, info: $0, dtype: compute, isConstant: compute == .bfloat16)
        }
    }

    /// The codes that a weight gets; nil for one that keeps its type.
    private func codes(of info: TensorInfo) -> WeightCodes? {
        quantization.codes.flatMap {
            configuration.codes(of: info.name, shape: info.shape, wanted: $0)
        }
    }

    /// The bytes of all weights with the decoder's matrices in few bits and the others in bfloat16.
    ///
    /// - Throws: As `hasSeparateHead(_:)`.
    public func byteCount(in codes: WeightCodes) throws -> Int {
        let isTied = try !hasSeparateHead(configuration)
        return checkpoint.tensors.reduce(0) { sum, info in
            if isTied, info.name == configuration.tableNames.head { return sum }
            let found = configuration.codes(of: info.name, shape: info.shape, wanted: codes)
            return sum + (found?.byteCount(of: info.shape) ?? 2 * info.elementCount)
        }
    }

    /// The bytes of memory for each weight; those that are used where they are mapped take none.
    var allocatedSizes: [Int] {
        checkpoint.tensors.map { info in
            if quantization != .none, let stored = checkpoint.storedCodes(of: info.name) {
                return stored.isMapped ? 0 : stored.byteCount
            }
            if let codes = codes(of: info) { return codes.byteCount(of: info.shape) }
            guard let weight = stored(info.name), !weight.isUsedInPlace else { return 0 }
            return info.elementCount * weight.dtype.byteCount
        }
    }

    /// Whether the head is a separate table: it exists and, when nominally tied, differs from the embedding.
    ///
    /// transformers keeps a head that differs even when the configuration says it is tied.
    ///
    /// - Throws: `ModelError.missingWeight` when the configuration requires a head that does not exist.
    public func hasSeparateHead(_ configuration: ModelConfiguration) throws -> Bool {
        let (table, head) = configuration.tableNames
        guard checkpoint.info(head) != nil, checkpoint.info(table) != nil else {
            if configuration.tiesWordEmbeddings { return false }
            let shape = [configuration.text.vocabularySize, configuration.text.hiddenSize]
            throw ModelError.missingWeight(key: head, file: checkpoint.location, shape: shape)
        }
        guard configuration.tiesWordEmbeddings else { return true }
        return try checkpoint.withBytes(of: head) { head in
            try checkpoint.withBytes(of: table) { table in !head.elementsEqual(table) }
        }
    }

    /// The weight, widened or in bfloat16.
    ///
    /// - Throws: `ModelError` when it is missing or misshapen.
    public func tensor(named name: String, shape: [Int]) throws -> Tensor {
        guard let weight = stored(name) else {
            throw ModelError.missingWeight(key: name, file: checkpoint.location, shape: shape)
        }
        guard weight.info.shape == shape else {
            throw ModelError.misshapenWeight(
                key: name, file: weight.checkpoint.location, expected: shape, found: weight.info.shape)
        }
        let source = weight.checkpoint
        if source.isMapped(name), !weight.isUsedInPlace {
            // Read in pieces: mapped pages that are copied once would count as memory of the program.
            return try Tensor(widening: weight.info.dtype, shape: shape) {
                try source.withBytes(of: name, in: $0, $1)
            }.converted(to: weight.dtype)
        }
        return try source.withBytes(of: name) { bytes in
            let isAligned = Int(bitPattern: bytes.baseAddress) % weight.dtype.byteCount == 0
            if weight.isUsedInPlace, isAligned {
                return Tensor(borrowing: bytes, dtype: weight.dtype, shape: shape, owner: source)
            }
            return weight.dtype == .bfloat16 && weight.info.dtype == .bfloat16
                ? Tensor(copyingBfloat16: bytes, shape: shape)
                : Tensor(widening: bytes, dtype: weight.info.dtype, shape: shape).converted(to: weight.dtype)
        }
    }

    /// The weight in the form in which the model holds it: stored codes as they are, a matrix that is to be
    /// rounded, or as `tensor(named:shape:)`.
    ///
    /// - Throws: `ModelError` when it is missing, misshapen or, if it is to be rounded, not finite.
    public func weight(named name: String, shape: [Int]) throws -> Weight {
        guard quantization != .none, let info = checkpoint.info(name), info.shape == shape else {
            return .tensor(try tensor(named: name, shape: shape))
        }
        if let stored = checkpoint.storedCodes(of: name) {
            return .quantized(try matrix(stored, shape: shape))
        }
        guard let codes = codes(of: info) else { return .tensor(try tensor(named: name, shape: shape)) }
        return try checkpoint.withBytes(of: name) { bytes in
            // Rows of bfloat16 are widened one at a time.
            let isBfloat16 = info.dtype == .bfloat16 && Int(bitPattern: bytes.baseAddress) % 2 == 0
            let tensor =
                isBfloat16
                ? Tensor(borrowing: bytes, dtype: .bfloat16, shape: shape, owner: checkpoint)
                : Tensor(widening: bytes, dtype: info.dtype, shape: shape)
            do { return .quantized(try QuantizedMatrix(tensor, as: codes, computeType: compute)) } catch {
                throw ModelError.badConfiguration(
                    file: checkpoint.location, problem: "\(name) cannot be \(codes): \(error)")
            }
        }
    }

    private func matrix(_ stored: StoredCodes, shape: [Int]) throws -> QuantizedMatrix {
        try stored.withBytes { rows, scales in
            stored.isMapped
                ? QuantizedMatrix(
                    borrowing: stored.codes, shape: shape, rows: rows, scales: scales, owner: checkpoint,
                    computeType: compute)
                : QuantizedMatrix(
                    copying: stored.codes, shape: shape, rows: rows, scales: scales, computeType: compute)
        }
    }
}

extension WeightCodes {
    /// The bytes of a matrix [out, in] with its scales.
    fileprivate func byteCount(of shape: [Int]) -> Int {
        shape[0] * (byteCount(shape[1]) + 2 * groupCount(shape[1]))
    }
}
