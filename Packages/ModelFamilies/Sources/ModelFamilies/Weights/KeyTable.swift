// Which tensors a family's model has, and the names they go by in public checkpoints.
// The names in memory are those of Hugging Face's own files; every other style says by rules how it is made of them
// (NamingRule.swift), and StyledCheckpoint shows a stored model in any of them.
public import Checkpoint

/// The tensors of one configured model under every public naming style.
public struct KeyTable: Sendable {
    /// A style of names.
    public typealias Style = WeightStyle

    /// The `model_type` this table is for.
    public let family: String
    /// All tensors of the model, in the order of its modules.
    public let expected: [ExpectedTensor]
    /// The styles in which this family is published, the canonical one first.
    public let styles: [Style]
    private let positions: [NameBytes: Int]
    private let layouts: [Style: [StoredTensor]]
    private let storedPositions: [Style: [NameBytes: Int]]

    /// Derives every style's tensors from the canonical ones and the style's rules.
    public init(_ configuration: ModelConfiguration) {
        family = configuration.modelType
        expected = configuration.weights
        positions = Self.positions(expected.map(\.name))
        styles = [.hf] + configuration.naming.map(\.style)
        var layouts: [Style: [StoredTensor]] = [.hf: NamingRule.apply([], to: expected)]
        for naming in configuration.naming {
            layouts[naming.style] = NamingRule.apply(naming.rules, to: expected)
        }
        self.layouts = layouts
        storedPositions = layouts.mapValues { Self.positions($0.map(\.name)) }
    }

    private static func positions(_ names: [String]) -> [NameBytes: Int] {
        Dictionary(names.enumerated().map { ($1.nameBytes, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The tensors as a style stores them, in the order of the modules; empty for a style the family does not have.
    public func layout(_ style: Style) -> [StoredTensor] { layouts[style, default: []] }

    /// The canonical name for the public name of a whole tensor in any style; nil for a name that this model does not
    /// have and for one that holds several canonical tensors.
    func canonical(_ publicName: String) -> String? {
        for style in styles {
            if let tensor = stored(publicName, style) {
                return tensor.isWhole ? expected[tensor.runs[0].tensor].name : nil
            }
        }
        return nil
    }

    /// The public name of a canonical tensor in a style; nil when this model has no such tensor or the style stores it
    /// as part of another one.
    public func publicName(_ canonical: String, style: Style) -> String? {
        guard let position = positions[canonical.nameBytes] else { return nil }
        return layout(style).first { $0.isWhole && $0.runs[0].tensor == position }?.name
    }

    /// What a style stores under a name, or nil.
    func stored(_ name: String, _ style: Style) -> StoredTensor? {
        storedPositions[style]?[name.nameBytes].map { layout(style)[$0] }
    }

    /// The style of a checkpoint's names; throws `CheckpointError.damaged` when it mixes two.
    public func style(of reader: any CheckpointReader) throws -> Style {
        var left = styles
        var last: String?
        for tensor in reader.tensors {
            let knowing = styles.filter { stored(tensor.name, $0) != nil }
            // validate(_:) reports names that no style has.
            guard !knowing.isEmpty else { continue }
            let both = left.filter(knowing.contains)
            guard !both.isEmpty else {
                throw CheckpointError.damaged(
                    file: reader.location,
                    problem: "mixes two naming styles: \(last ?? "") and \(tensor.name)")
            }
            if both.count < left.count { last = tensor.name }
            left = both
        }
        return left[0]
    }

    /// Checks that a checkpoint has exactly the tensors of this table, each in its shape.
    ///
    /// Throws `CheckpointError.unsupported` for a tensor without elements, and `.wrongShape`, `.extraTensor` or
    /// `.missingTensor`, in this order of preference.
    public func validate(_ reader: any CheckpointReader) throws {
        let style = try style(of: reader)
        for tensor in reader.tensors {
            guard let stored = stored(tensor.name, style) else {
                throw CheckpointError.extraTensor(
                    key: tensor.name, file: reader.location, found: tensor.shape)
            }
            guard tensor.elementCount > 0 else {
                throw CheckpointError.unsupported(
                    file: reader.file(of: tensor.name),
                    problem:
                        "tensor \(tensor.name) with shape \(tensor.shape) has no elements, the model expects "
                        + "\(stored.shape); DeepSpeed ZeRO-3 saves such files when it does not gather the weights: "
                        + "run its zero_to_fp32.py and give the result")
            }
            guard stored.shape == tensor.shape else {
                throw CheckpointError.wrongShape(
                    key: tensor.name, file: reader.location, expected: stored.shape, found: tensor.shape)
            }
        }
        let missing = layout(style).filter { $0.isRequired && reader.info($0.name) == nil }
        if let first = missing.first {
            throw CheckpointError.missingTensor(
                key: first.name, file: reader.location, expected: first.shape, others: missing.count - 1)
        }
    }
}

extension KeyTable {
    /// The table for a configuration file.
    ///
    /// `location` is what errors call it. Throws `ConfigurationError`.
    public static func of(
        config: [UInt8], location: String, families: [ModelFamily] = ModelFamily.known
    ) throws -> KeyTable {
        KeyTable(try ModelConfiguration(config: config, file: location, families: families))
    }

    /// The table for the model that a reader opened.
    ///
    /// Throws `ConfigurationError`.
    public static func of(
        _ reader: any CheckpointReader, families: [ModelFamily] = ModelFamily.known
    ) throws -> KeyTable {
        KeyTable(try ModelConfiguration(of: reader, families: families))
    }
}

extension CheckpointReader {
    /// Checks that the model has exactly the tensors that its `config.json` asks for, in any public style.
    ///
    /// Throws `ConfigurationError`, or `CheckpointError` that names a tensor.
    public func requireKnownModel() throws { try KeyTable.of(self).validate(self) }
}
