// A model back into a checkpoint: the present weights under the names they came with, side files byte for
// byte, and the state of training when there is one.
internal import Checkpoint
public import TensorMath

/// The state of a run that is saved beside the weights.
public struct SavedTraining {
    /// The optimiser with its moments.
    public var optimizer: AdamW
    /// The trainer's own state, as JSON.
    public var state: [UInt8]

    /// A state to save.
    public init(optimizer: AdamW, state: [UInt8]) {
        self.optimizer = optimizer
        self.state = state
    }
}

extension LoadedModel {
    /// Writes the present weights to an HDF5 checkpoint; the file appears when it is complete.
    ///
    /// - Parameters:
    ///   - path: The file; an older one is replaced only by the finished new one.
    ///   - dtype: Type of the stored weights; float32 keeps them exactly.
    ///   - training: Moments and trainer state, or nil.
    /// - Throws: `CheckpointError` when it cannot be written.
    public func save(to path: String, dtype: DType = .float32, training: SavedTraining? = nil) throws {
        let moments = training?.optimizer.moments ?? []
        let sizes =
            model.parameters.all.map { $0.value.count * dtype.byteCount }
            + moments.flatMap { [4 * $0.first.count, 4 * $0.second.count] }
        let writer = try CheckpointWriter(path, expectedByteCount: CheckpointWriter.storedByteCount(sizes))
        let table = try KeyTable.of(checkpoint)
        let style = try table.style(of: checkpoint)
        for parameter in model.parameters.all {
            let info = TensorInfo(
                name: table.publicName(parameter.name, style: style) ?? parameter.name, dtype: dtype,
                shape: parameter.value.shape)
            try parameter.value.bytes(as: dtype).withUnsafeBytes { try writer.add(info, bytes: $0) }
        }
        for name in checkpoint.sideFileNames {
            if let side = try checkpoint.sideFile(name) { try writer.addSideFile(name, side) }
        }
        for moment in moments {
            for (part, tensor) in [("first", moment.first), ("second", moment.second)] {
                let info = TensorInfo(name: "\(part).\(moment.name)", dtype: .float32, shape: tensor.shape)
                try tensor.bytes(as: .float32).withUnsafeBytes { try writer.addTraining(info, bytes: $0) }
            }
        }
        if let training { try writer.setTrainerState(training.state) }
        try writer.commit()
    }

    /// Gives an optimiser the moments that this model's checkpoint holds.
    ///
    /// - Parameters:
    ///   - optimizer: An optimiser over `model.parameters`.
    ///   - stepCount: Updates made when they were saved.
    /// - Throws: `CheckpointError` or `ModelError` for a state that does not fit the model.
    public func restore(_ optimizer: AdamW, stepCount: Int) throws {
        let known = Dictionary(checkpoint.trainingTensors.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        func read(_ name: String, _ shape: [Int]) throws -> Tensor? {
            guard let info = known[name] else { return nil }
            guard info.shape == shape else {
                throw ModelError.misshapenWeight(
                    key: name, file: checkpoint.location, expected: shape, found: info.shape)
            }
            return try checkpoint.withTrainingBytes(of: name) {
                Tensor(widening: $0, dtype: info.dtype, shape: shape)
            }
        }
        try optimizer.restore(stepCount: stepCount) { parameter in
            let shape = parameter.value.shape
            guard let first = try read("first.\(parameter.name)", shape),
                let second = try read("second.\(parameter.name)", shape)
            else { return nil }
            return (first, second)
        }
    }
}
