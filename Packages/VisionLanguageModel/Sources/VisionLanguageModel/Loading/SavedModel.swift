// Saves a model as a checkpoint: the current weights under their original names, byte-identical side files,
// and the training state, if any.
public import Basics
public import Checkpoint
internal import ModelFamilies
public import TensorMath

/// The state of a run that is saved with the weights.
public struct SavedTraining {
    /// The optimizer with its moments.
    public var optimizer: AdamW
    /// The trainer's own state, as JSON.
    public var state: [UInt8]
    /// The weights of a reference that follows the model, of which the trained ones are saved; nil for none.
    public var reference: ParameterStore?

    /// A state to save.
    public init(optimizer: AdamW, state: [UInt8], reference: ParameterStore? = nil) {
        self.optimizer = optimizer
        self.state = state
        self.reference = reference
    }

    /// Everything to save as tensors, with the names in the file.
    fileprivate func tensors(of model: LanguageModel) -> [StateTensor] {
        var tensors = optimizer.moments.flatMap { moment in
            [
                StateTensor(name: "first.\(moment.name)", shape: moment.shape, value: moment.wholeFirst),
                StateTensor(name: "second.\(moment.name)", shape: moment.shape, value: moment.wholeSecond),
            ]
        }
        let trained = Set(model.parameters.trainable.map(\.name))
        for follower in reference?.all ?? [] where trained.contains(follower.name) {
            tensors.append(
                StateTensor(
                    name: "reference.\(follower.name)", shape: follower.shape, value: follower.wholeValue))
        }
        return tensors
    }
}

/// A tensor of the training state; its value may have to come from several processes.
private struct StateTensor {
    let name: String
    let shape: [Int]
    let value: () throws -> Tensor

    var byteCount: Int { 4 * shape.reduce(1, *) }
}

extension LoadedModel {
    /// Writes the current weights to an HDF5 checkpoint; the file appears when it is complete.
    ///
    /// Where the model has changes of low rank, only these are written, with PEFT's names and `adapter_config.json`.
    ///
    /// Where processes split the weights, all of them save at the same time: process 0 writes, tensor by tensor, and the
    /// others send it their pieces.
    ///
    /// - Parameters:
    ///   - path: The file; an existing one is replaced only when the new one is complete.
    ///   - dtype: Type of the stored weights; float32 keeps them exactly.
    ///   - training: Moments and trainer state, or nil.
    ///   - writes: Whether this process writes; false in all but one of the processes that split the weights.
    /// - Throws: `CheckpointError` when it cannot be written, and what the exchange of processes throws.
    public func save(
        to path: String, dtype: DType = .float32, training: SavedTraining? = nil, writes: Bool = true
    ) throws {
        let state = training?.tensors(of: model) ?? []
        let weights = try savedWeights(dtype)
        guard writes else {
            for info in weights.tensors { try weights.withBytes(of: info.name) { _ in } }
            for tensor in state { _ = try tensor.value() }
            return
        }
        let sizes = weights.tensors.map(\.byteCount) + state.map(\.byteCount)
        let writer = try CheckpointWriter(path, expectedByteCount: CheckpointWriter.storedByteCount(sizes))
        for info in weights.tensors {
            try weights.withBytes(of: info.name) { try writer.add(info, bytes: $0) }
        }
        for name in weights.sideFileNames {
            if let side = try weights.sideFile(name) { try writer.addSideFile(name, side) }
        }
        for tensor in state {
            let info = TensorInfo(name: tensor.name, dtype: .float32, shape: tensor.shape)
            try tensor.value().withBytes(as: .float32) { try writer.addTraining(info, bytes: $0) }
        }
        if let training { try writer.setTrainerState(training.state) }
        try writer.commit()
    }

    /// What a checkpoint of the model holds besides the training state.
    private func savedWeights(_ dtype: DType) throws -> any CheckpointReader {
        if let adapters { return try SavedAdapter(model, adapters, base: location) }
        return try StyledCheckpoint(
            PresentWeights(model.parameters, dtype: dtype, beside: checkpoint),
            style: KeyTable.of(checkpoint, families: families).style(of: checkpoint), families: families)
    }

    /// Restores an optimizer's moments.
    ///
    /// - Parameters:
    ///   - optimizer: An optimizer over `model.parameters`.
    ///   - checkpoint: Has the moments; nil for the checkpoint of this model.
    ///   - stepCount: Number of updates when the moments were saved.
    ///   - reference: The weights of the reference that follows the model; nil for none.
    /// - Throws: `CheckpointError` or `ModelError` for a state that does not fit the model.
    public func restore(
        _ optimizer: AdamW, from checkpoint: (any CheckpointReader)? = nil, stepCount: Int,
        reference: ParameterStore? = nil
    ) throws {
        let checkpoint = checkpoint ?? self.checkpoint
        let known = Dictionary(checkpoint.trainingTensors.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        func read(_ name: String, _ shape: [Int]) throws -> Tensor? {
            guard let info = known[name] else { return nil }
            guard info.shape == shape else {
                throw ModelError.misshapenWeight(
                    key: name, file: checkpoint.location, expected: shape, found: info.shape)
            }
            return try Tensor(widening: info.dtype, shape: shape) {
                try checkpoint.withTrainingBytes(of: name, in: $0, $1)
            }
        }
        try optimizer.restore(stepCount: stepCount) { parameter in
            let shape = parameter.shape
            guard let first = try read("first.\(parameter.name)", shape),
                let second = try read("second.\(parameter.name)", shape)
            else { return nil }
            return (first, second)
        }
        let trained = Set(model.parameters.trainable.map(\.name))
        try reference?.restore { parameter in
            guard trained.contains(parameter.name) else { return nil }
            let (key, shape) = ("reference.\(parameter.name)", parameter.shape)
            guard let value = try read(key, shape) else {
                throw ModelError.missingWeight(key: key, file: checkpoint.location, shape: shape)
            }
            return value
        }
    }
}

/// The weights of a model in memory as a checkpoint under canonical names, with the side files of another.
///
/// Unchecked: only the thread that saves, which is the one that trains, uses it.
private final class PresentWeights: CheckpointReader, @unchecked Sendable {
    let tensors: [TensorInfo]
    private let known: [String: (info: TensorInfo, parameter: Parameter)]
    private let original: any CheckpointReader

    init(_ parameters: ParameterStore, dtype: DType, beside original: any CheckpointReader) {
        let all = parameters.all.map { parameter in
            (
                info: TensorInfo(name: parameter.name, dtype: dtype, shape: parameter.shape),
                parameter: parameter
            )
        }
        tensors = all.map(\.info)
        known = Dictionary(all.map { ($0.info.name, $0) }, uniquingKeysWith: { $1 })
        self.original = original
    }

    var location: String { original.location }
    var sideFileNames: [String] { original.sideFileNames }
    var shardPlan: ShardPlan? { nil }

    func sideFile(_ name: String) throws -> [UInt8]? { try original.sideFile(name) }

    func info(_ name: String) -> TensorInfo? { known[name]?.info }

    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let (info, parameter) = known[name] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return try parameter.wholeValue().withBytes(as: info.dtype, body)
    }
}
