// Where changes of low rank come from: a random start, or a checkpoint of a run.
public import Checkpoint
internal import ModelFamilies
internal import TensorMath

/// The changes of low rank that a model is loaded with.
public struct AdapterStart {
    /// Which layers have one.
    let options: AdapterOptions
    /// Selects the random start.
    let seed: UInt64
    /// The checkpoint to read them from; nil for a random start.
    let saved: (any CheckpointReader)?

    /// Changes that begin as PEFT's do, or those of a checkpoint.
    ///
    /// - Parameters:
    ///   - options: Which layers have one.
    ///   - seed: Selects the random start.
    ///   - saved: A checkpoint of a run with the same options; nil for a random start.
    public init(_ options: AdapterOptions, seed: UInt64, saved: (any CheckpointReader)? = nil) {
        (self.options, self.seed, self.saved) = (options, seed, saved)
    }

    /// The source for a configured model.
    func source(_ configuration: ModelConfiguration) -> any LowRankSource {
        AdapterSource(
            start: self, names: AdapterNames(configuration),
            visionPrefixes: configuration.vision?.prefixes ?? [])
    }
}

private struct AdapterSource: LowRankSource {
    let start: AdapterStart
    let names: AdapterNames
    let visionPrefixes: [String]

    func start(of module: String, from: Int, to: Int) throws -> LowRankStart? {
        let options = start.options
        guard try options.targets(module, excluding: visionPrefixes) else { return nil }
        // Found out before the training, not when its first checkpoint is saved.
        guard names.module(module) != nil else {
            throw ModelError.badConfiguration(
                file: "lora.targets",
                problem: "\(module) has no name of its own in transformers, so a change of it cannot be saved"
            )
        }
        let shapes = [[options.rank, from], [to, options.rank]]
        let first: Tensor, second: Tensor
        if let saved = start.saved {
            first = try read("\(module).lora_A.weight", shapes[0], saved)
            second = try read("\(module).lora_B.weight", shapes[1], saved)
        } else {
            first = uniform("\(module).lora_A.weight", shapes[0])
            second = Tensor(repeating: 0, shape: shapes[1])
        }
        return LowRankStart(
            first: first, second: second, scale: options.scale, dropout: Float(options.dropout))
    }

    /// PEFT's start, `kaiming_uniform_(a=sqrt(5))`: uniform between ±1/sqrt(inputs); a function of seed and name.
    private func uniform(_ name: String, _ shape: [Int]) -> Tensor {
        let random = Philox(seed: start.seed), bound = 1 / Double(shape[1]).squareRoot()
        let stream = randomStream(name)
        return Tensor(shape: shape) { out in
            for index in out.indices {
                out[index] = Float(
                    bound * (2 * random.uniform(request: stream, sample: 2, position: index) - 1))
            }
        }
    }

    private func read(_ name: String, _ shape: [Int], _ saved: any CheckpointReader) throws -> Tensor {
        guard let stored = names.stored(name), let info = saved.info(stored) else {
            throw ModelError.missingWeight(key: name, file: saved.location, shape: shape)
        }
        guard info.shape == shape else {
            throw ModelError.misshapenWeight(
                key: stored, file: saved.location, expected: shape, found: info.shape)
        }
        return try saved.withBytes(of: stored) { Tensor(widening: $0, dtype: info.dtype, shape: shape) }
    }
}
