// Which tensors a family's model has, and the names they go by in public checkpoints.
// The names in memory are the hub's before transformers 4.52; the others map onto them.
internal import StrictJSON

/// The tensors of one configured model under every public naming style.
public struct KeyTable: Sendable {
    /// How a checkpoint names its tensors.
    public enum Style: String, Sendable, CaseIterable {
        /// `visual.*`, `model.*`, `lm_head.weight`: the hub's files, before transformers 4.52. These are canonical.
        case original
        /// `model.visual.*`, `model.language_model.*`, `lm_head.weight`: saved with in-memory names since 4.52.
        case nested
    }

    /// A tensor that the configuration asks for.
    public struct Expected: Sendable, Equatable {
        /// The canonical name.
        public let name: String
        /// The sizes of the dimensions, outermost first.
        public let shape: [Int]
        /// False for a tensor that may be absent, such as the head that is tied to the embedding.
        public let isRequired: Bool
    }

    /// The families that have a table, by the `model_type` of their configuration.
    public static let families = ["qwen2_5_vl"]

    /// The `model_type` this table is for.
    public let family: String
    /// All tensors of the model, in the order of its modules.
    public let expected: [Expected]
    private let positions: [NameBytes: Int]

    init(family: String, expected: [Expected]) {
        self.family = family
        self.expected = expected
        positions = Dictionary(
            expected.enumerated().map { ($1.name.nameBytes, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The table for a configuration file; `location` is what errors call it.
    ///
    /// Throws `CheckpointError.unknownFamily` or `.badConfiguration`.
    public static func of(config: [UInt8], location: String) throws -> KeyTable {
        _ = try family(config: config, location: location)
        return try qwen25VL(config: config, location: location)
    }

    /// The table for the model that a reader opened, from its `config.json`.
    public static func of(_ reader: any CheckpointReader) throws -> KeyTable {
        guard let config = try reader.sideFile(CheckpointWriter.configurationName) else {
            throw CheckpointError.unsupported(
                file: reader.location,
                problem: "has no config.json; a model is a directory or an HDF5 file with one inside")
        }
        return try of(config: config, location: "\(reader.location)/\(CheckpointWriter.configurationName)")
    }

    /// The family that a configuration names; throws when it has no table.
    static func family(config: [UInt8], location: String) throws -> String {
        let json = try parse(config, location)
        guard let family = json["model_type"]?.text else {
            throw CheckpointError.badConfiguration(
                file: location, key: "model_type", expected: "a model family",
                found: json["model_type"]?.compact ?? "nothing")
        }
        guard families.contains(family) else {
            throw CheckpointError.unknownFamily(family: family, file: location)
        }
        return family
    }

    static func parse(_ config: [UInt8], _ location: String) throws -> OrderedJSON {
        do { return try OrderedJSON(parsing: config) } catch {
            throw CheckpointError.damaged(
                file: location, problem: "not JSON: \(error.reason) at byte \(error.offset)")
        }
    }

    /// The canonical name for a public name of any style, or nil when this model has no such tensor.
    public func canonical(_ publicName: String) -> String? {
        let name = Self.original(publicName)
        return positions[name.nameBytes] == nil ? nil : name
    }

    /// The public name of a canonical one in a style, or nil when this model has no such tensor.
    public func publicName(_ canonical: String, style: Style) -> String? {
        guard positions[canonical.nameBytes] != nil else { return nil }
        guard style == .nested, let rule = Self.renaming.first(where: { canonical.hasPrefix($0.original) })
        else {
            return canonical
        }
        return rule.nested + canonical.dropFirst(rule.original.count)
    }

    /// A name in the original style, whatever its own style; names of neither style stay.
    static func original(_ name: String) -> String {
        guard let rule = renaming.first(where: { name.hasPrefix($0.nested) }) else { return name }
        return rule.original + name.dropFirst(rule.nested.count)
    }

    /// Prefixes of the nested style and what they are canonically.
    private static let renaming: [(nested: String, original: String)] = [
        ("model.visual.", "visual."), ("model.language_model.", "model."),
    ]

    /// The style of a checkpoint's names; throws `CheckpointError.damaged` when it mixes two.
    public func style(of reader: any CheckpointReader) throws -> Style {
        var seen: [Style: String] = [:]
        for tensor in reader.tensors {
            if Self.renaming.contains(where: { tensor.name.hasPrefix($0.nested) }) {
                seen[.nested] = seen[.nested] ?? tensor.name
            } else if Self.renaming.contains(where: { tensor.name.hasPrefix($0.original) }) {
                seen[.original] = seen[.original] ?? tensor.name
            }
        }
        if let original = seen[.original], let nested = seen[.nested] {
            throw CheckpointError.damaged(
                file: reader.location, problem: "mixes two naming styles: \(original) and \(nested)")
        }
        return seen[.nested] == nil ? .original : .nested
    }

    /// Checks that a checkpoint has exactly the tensors of this table, each in its shape.
    ///
    /// Throws `CheckpointError.wrongShape`, `.extraTensor` or `.missingTensor`, in this order of preference.
    public func validate(_ reader: any CheckpointReader) throws {
        let style = try style(of: reader)
        var present: Set<NameBytes> = []
        for tensor in reader.tensors {
            guard let name = canonical(tensor.name), let position = positions[name.nameBytes] else {
                throw CheckpointError.extraTensor(
                    key: tensor.name, file: reader.location, found: tensor.shape)
            }
            guard expected[position].shape == tensor.shape else {
                throw CheckpointError.wrongShape(
                    key: tensor.name, file: reader.location, expected: expected[position].shape,
                    found: tensor.shape)
            }
            present.insert(name.nameBytes)
        }
        let missing = expected.filter { $0.isRequired && !present.contains($0.name.nameBytes) }
        if let first = missing.first {
            throw CheckpointError.missingTensor(
                key: publicName(first.name, style: style) ?? first.name, file: reader.location,
                expected: first.shape, others: missing.count - 1)
        }
    }
}
