// Where changes of low rank come from: a random start, an adapter, or a checkpoint of a run.
public import Checkpoint
public import ModelFamilies
internal import TensorMath

/// The changes of low rank that a model is loaded with.
public struct AdapterStart {
    /// Which layers have one.
    let options: AdapterOptions
    /// Selects the random start.
    let seed: UInt64
    /// The checkpoint to read them from; nil for a random start.
    let saved: (any CheckpointReader)?
    /// The adapter that says which layers have one, and where they start without `saved`; nil for none.
    let adapter: TrainableAdapter?

    /// Changes that begin as PEFT's do, those of an adapter, or those of a checkpoint.
    ///
    /// - Parameters:
    ///   - options: Which layers have one.
    ///   - seed: Selects the random start.
    ///   - saved: A checkpoint of a run with the same options and adapter; nil for a run that starts.
    ///   - adapter: The adapter that the run starts from; nil for a random start.
    public init(
        _ options: AdapterOptions, seed: UInt64, saved: (any CheckpointReader)? = nil,
        adapter: TrainableAdapter? = nil
    ) {
        (self.options, self.seed, self.saved, self.adapter) = (options, seed, saved, adapter)
    }

    /// The source for a configured model.
    ///
    /// - Throws: `CheckpointError` and `ConfigurationError` for an adapter of another model.
    func source(_ configuration: ModelConfiguration) throws -> AdapterSource {
        AdapterSource(
            start: self, names: AdapterNames(configuration),
            visionPrefixes: configuration.vision?.prefixes ?? [],
            modules: try adapter?.modules(of: configuration))
    }
}

/// The changes of the layers of a configured model.
struct AdapterSource: LowRankSource {
    fileprivate let start: AdapterStart
    fileprivate let names: AdapterNames
    fileprivate let visionPrefixes: [String]
    /// The layers that the adapter changes; nil without one.
    fileprivate let modules: [String: TrainableAdapter.Factors]?

    /// Throws `ModelError` for a module of the adapter that got no change: it is no linear layer.
    func requireAllUsed(by store: ParameterStore) throws {
        guard let modules, let adapter = start.adapter else { return }
        let used = Set(store.all.filter(\.isLowRank).map(\.name))
        if let module = modules.keys.sorted().first(where: { !used.contains("\($0).lora_A.weight") }) {
            throw ModelError.badConfiguration(
                file: adapter.location,
                problem:
                    "it changes \(module), which has no change of low rank here: only linear layers of the "
                    + "decoder, the vision tower and the connector have one")
        }
    }

    /// Whether a layer gets a change: those of the adapter do, else the options say.
    private func changes(_ module: String) throws -> Bool {
        let options = start.options
        guard let modules, let adapter = start.adapter else {
            return try options.targets(module, excluding: visionPrefixes)
        }
        let isThere = modules[module] != nil
        if options.choosesLayers, try options.targets(module, excluding: visionPrefixes) != isThere {
            throw ModelError.badConfiguration(
                file: "lora.targets",
                problem: "\(options.targets.joined(separator: ", ")) with vision: \(options.vision) "
                    + (isThere ? "leaves out \(module), which " : "selects \(module), which not even ")
                    + "\(adapter.location) changes; leave targets and vision out to take those of the adapter"
            )
        }
        return isThere
    }

    func start(of module: String, from: Int, to: Int) throws -> LowRankStart? {
        let options = start.options
        guard try changes(module) else { return nil }
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
            func stored(_ name: String) -> String { names.stored(name) ?? name }
            first = try read(stored("\(module).lora_A.weight"), shapes[0], saved)
            second = try read(stored("\(module).lora_B.weight"), shapes[1], saved)
        } else if let adapter = start.adapter, let factors = modules?[module] {
            first = try read(factors.first.name, shapes[0], adapter.tensors)
            second = try read(factors.second.name, shapes[1], adapter.tensors)
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

    private func read(_ stored: String, _ shape: [Int], _ saved: any CheckpointReader) throws -> Tensor {
        guard let info = saved.info(stored) else {
            throw ModelError.missingWeight(key: stored, file: saved.location, shape: shape)
        }
        guard info.shape == shape else {
            throw ModelError.misshapenWeight(
                key: stored, file: saved.location, expected: shape, found: info.shape)
        }
        return try saved.withBytes(of: stored) { Tensor(widening: $0, dtype: info.dtype, shape: shape) }
    }
}
