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
    ///   - families: The families to choose from.
    ///   - tokenID: The id of a token's text, for layouts that leave ids to the tokenizer.
    /// - Throws: `CheckpointError`, `ConfigurationError` or `ModelError`, naming file and key; `MemoryError` before a
    ///   weight is read.
    public convenience init(
        _ checkpoint: any CheckpointReader, compute: DType = .float32,
        families: [ModelFamily] = ModelFamily.known, tokenID: (String) -> Int32? = { _ in nil }
    ) throws {
        let configuration = try ModelConfiguration(of: checkpoint, families: families).computable(tokenID)
        let weights = try CheckpointWeights(checkpoint, compute: compute, families: families)
        // Stored bfloat16 is used where it is mapped.
        let sizes = checkpoint.tensors.map {
            compute == .bfloat16 && $0.dtype == .bfloat16 ? 0 : $0.elementCount * compute.byteCount
        }
        try AvailableMemory.require(
            sizes.sumIfFits, reusable: MemoryStatistics.waitingBytes,
            "\(checkpoint.location): its weights in \(compute) need",
            advice: compute == .bfloat16 ? "use a smaller model" : "use bfloat16 or a smaller model")
        try self.init(configuration, source: weights, hasHead: weights.hasSeparateHead(configuration))
    }
}

/// Weights of a checkpoint under the model's names, in the type used for products.
public struct CheckpointWeights: ParameterSource {
    private let checkpoint: StyledCheckpoint
    private let compute: DType

    /// Maps a checkpoint of any public style to the canonical names and checks that all weights exist.
    ///
    /// - Parameters:
    ///   - checkpoint: A checkpoint of any known family.
    ///   - compute: float32 widens every weight. bfloat16, for inference only, uses stored bfloat16 unchanged
    ///     (with mmap where the file allows it) and rounds other types.
    ///   - families: The families to choose from.
    /// - Throws: `CheckpointError` naming the key and both shapes.
    public init(
        _ checkpoint: any CheckpointReader, compute: DType = .float32,
        families: [ModelFamily] = ModelFamily.known
    ) throws {
        self.checkpoint = try StyledCheckpoint(checkpoint, families: families)
        self.compute = compute
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
        guard let info = checkpoint.info(name) else {
            throw ModelError.missingWeight(key: name, file: checkpoint.location, shape: shape)
        }
        guard info.shape == shape else {
            throw ModelError.misshapenWeight(
                key: name, file: checkpoint.location, expected: shape, found: info.shape)
        }
        return try checkpoint.withBytes(of: name) { bytes in
            guard compute == .bfloat16 else {
                return Tensor(widening: bytes, dtype: info.dtype, shape: shape)
            }
            guard info.dtype == .bfloat16 else {
                return Tensor(widening: bytes, dtype: info.dtype, shape: shape).converted(to: .bfloat16)
            }
            let isAligned = bytes.baseAddress.map { Int(bitPattern: $0) % 2 == 0 } ?? true
            return checkpoint.isMapped(name) && isAligned
                ? Tensor(borrowingBfloat16: bytes, shape: shape, owner: checkpoint)
                : Tensor(copyingBfloat16: bytes, shape: shape)
        }
    }
}
