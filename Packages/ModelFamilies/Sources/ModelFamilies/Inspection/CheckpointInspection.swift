// What a stored model is, without reading its values: sizes, types, modules, needs in memory.
public import Basics
public import Checkpoint

/// The facts about a stored model or delta; encoded, they are the JSON of `r1-convert inspect --json`.
public struct CheckpointInspection: Encodable, Sendable {
    /// A tensor as it is stored.
    public struct Tensor: Encodable, Sendable {
        /// Its public name.
        public let name: String
        /// The type of its elements.
        public let dtype: DType
        /// The sizes of its dimensions, outermost first.
        public let shape: [Int]
        /// Its bytes, unpacked.
        public let bytes: Int
        /// The bytes that it takes in the file; nil for safetensors, where they are the same.
        let storedBytes: Int?
        /// The hash that the file records for it, or nil.
        let sha256: String?
    }

    /// What a part of the model holds.
    struct Module: Encodable, Sendable {
        /// The name that its tensors begin with, or the name of the part or type.
        let name: String
        /// What is in it.
        let sum: ModuleTree.Sum
    }

    /// A side file.
    public struct SideFile: Encodable, Sendable {
        /// Its name.
        public let name: String
        /// Its length.
        public let bytes: Int
    }

    /// Bytes in memory, activations not counted.
    public struct Memory: Encodable, Sendable {
        /// The weights as they are stored, which programs that map them share.
        let serveStored: Int
        /// The weights widened to float32.
        let serveFloat32: Int
        /// Keys and values of one token in float32; nil when the tensors have no such names.
        let cachePerToken: Int?
        /// AdamW on all weights in float32: weights, gradients and two moments.
        let train: Int
    }

    /// What a delta is.
    struct Delta: Encodable, Sendable {
        /// The identity of the model that it was taken against.
        let base: String
        /// How many tensors it changes or adds.
        let changedTensors: Int
    }

    /// The path.
    public let location: String
    /// `HDF5 mapped`, `HDF5 compressed`, `delta`, `safetensors`, `safetensors in FP8` or `PyTorch`.
    public let format: String
    /// The `model_type` of `config.json`; nil without one.
    public let family: String?
    /// The naming style; nil when no table knows the model.
    let style: String?
    /// The model's identity; nil for formats without hashes.
    public let identity: String?
    /// The bytes of the files that the model is in.
    let fileBytes: Int
    /// The tensors in stored order.
    public let tensors: [Tensor]
    /// Sums by part of the model.
    let parts: [Module]
    /// Sums by element type.
    let types: [Module]
    /// Sums by module, outer ones first.
    let modules: [Module]
    /// What it needs.
    public let memory: Memory
    /// The side files in stored order.
    let sideFiles: [SideFile]
    /// How many tensors the training state has.
    public let trainingTensors: Int
    /// The bytes of these.
    let trainingBytes: Int
    /// Whether there is a trainer's state.
    let hasTrainerState: Bool
    /// Where the settings of the image processor are, or that they are missing; nil for a model that needs none.
    let imageSettings: String?
    /// One sentence for each kind of content of the files that is left out.
    let leftOut: [String]
    /// What a delta is; nil for models.
    let delta: Delta?

    private enum CodingKeys: CodingKey {
        case location, format, family, style, identity, fileBytes, tensors, parts, types, modules, memory
        case sideFiles, trainingTensors, trainingBytes, hasTrainerState, imageSettings, leftOut, delta
    }

    /// Everything that the tree shows.
    private let tree: ModuleTree

    /// Looks at a model; throws `CheckpointError` when its names, shapes and `config.json` do not fit together.
    public init(_ reader: any CheckpointReader) throws {
        let hdf5 = reader as? HDF5Checkpoint
        let base = hdf5?.baseIdentity
        // A delta's side files are differences, and a single safetensors file has none: no table then.
        let table =
            try base == nil && reader.sideFileNames.contains("config.json")
            ? KeyTable.of(reader) : nil
        try table?.validate(reader)
        imageSettings = try table.flatMap { _ in
            try ModelConfiguration(of: reader).imageSettingsText(in: reader)
        }
        leftOut = reader.readingNotes
        location = reader.location
        format =
            base != nil || reader is DeltaCheckpoint
            ? "delta" : reader.formatName
        family = table?.family ?? hdf5?.family
        style = try table?.style(of: reader).rawValue
        identity = reader.identity
        fileBytes = try reader.fileByteCount
        tensors = reader.tensors.map { info in
            Tensor(
                name: info.name, dtype: info.dtype, shape: info.shape, bytes: info.byteCount,
                storedBytes: hdf5?.storedByteCount(of: info.name),
                sha256: reader.recordedHash(of: info.name))
        }
        tree = ModuleTree(reader.tensors)
        parts = ModelPart.allCases.compactMap { part in
            Self.module(part.title, reader.tensors.filter { ModulePath($0.name).part == part })
        }
        types = DType.allCases.compactMap { dtype in
            Self.module(dtype.rawValue, reader.tensors.filter { $0.dtype == dtype })
        }
        modules = tree.modules.map { Module(name: $0.name, sum: $0.sum) }
        let cache = table.map { table in
            table.expected.filter { $0.name.hasSuffix(".self_attn.k_proj.weight") }
                .reduce(0) { $0 + 2 * 4 * $1.shape[0] }
        }
        memory = Memory(
            serveStored: tree.sum.bytes, serveFloat32: 4 * tree.sum.parameters, cachePerToken: cache,
            train: 16 * tree.sum.parameters)
        sideFiles = try reader.sideFileNames.map { name in
            SideFile(
                name: name, bytes: try hdf5?.byteCount(ofSideFile: name) ?? reader.sideFile(name)?.count ?? 0)
        }
        trainingTensors = reader.trainingTensors.count
        trainingBytes = reader.trainingTensors.reduce(0) { $0 + $1.byteCount }
        hasTrainerState = reader.trainerState != nil
        delta = hdf5.flatMap { file in
            file.baseIdentity.map { Delta(base: $0, changedTensors: file.changedTensorCount) }
        }
    }

    private static func module(_ name: String, _ tensors: [TensorInfo]) -> Module? {
        guard !tensors.isEmpty else { return nil }
        return Module(name: name, sum: tensors.reduce(into: ModuleTree.Sum()) { $0.add($1) })
    }

    /// The facts as text for people; with `hasTree`, all modules and tensors below them.
    public func text(hasTree: Bool = true) -> String {
        func sums(_ modules: [Module]) -> [String] {
            modules.map { module in
                let counted = "\(countText(module.sum.parameters)) in \(module.sum.tensors) tensors"
                return "\(module.name): \(counted), \(byteText(module.sum.bytes))"
            }
        }
        let training =
            trainingTensors == 0 && !hasTrainerState
            ? "none"
            : "\(trainingTensors) tensors, \(byteText(trainingBytes))"
                + (hasTrainerState ? ", and the trainer's state" : "")
        let kind = [format] + (family.map { ["family \($0)"] } ?? []) + (style.map { ["\($0) names"] } ?? [])
        var rows: [(String, [String])] = [
            ("model", [location]), ("format", ["\(kind.joined(separator: ", ")), \(byteText(fileBytes))"]),
            (
                "identity",
                [
                    identity
                        ?? "none: \(format.hasPrefix("safetensors") ? "safetensors" : format) files carry no hashes"
                ]
            ),
        ]
        if let delta {
            rows.append(("base", [delta.base]))
            rows.append(("changes", ["\(delta.changedTensors) of \(tensors.count) tensors"]))
        }
        rows += [
            ("parameters", [countText(tree.sum.parameters)] + sums(parts)), ("types", sums(types)),
            (
                "memory",
                [
                    "to serve: \(byteText(memory.serveStored)) as stored, \(byteText(memory.serveFloat32)) in float32"
                        + (memory.cachePerToken.map { ", and \(byteText($0)) for each token" } ?? ""),
                    "to train: \(byteText(memory.train)) and activations (AdamW in float32)",
                ]
            ),
            ("side files", sideFiles.map { "\($0.name) (\(byteText($0.bytes)))" }),
            ("training", [training]),
        ]
        if let imageSettings { rows.append(("images", [imageSettings])) }
        if !leftOut.isEmpty { rows.append(("notes", leftOut)) }
        let head = rows.flatMap { label, lines in
            zip([label] + lines.dropFirst().map { _ in "" }, lines).map { label, line in
                label + String(repeating: " ", count: 12 - label.count) + line
            }
        }
        return (head + (hasTree ? [""] + tree.lines : [])).joined(separator: "\n") + "\n"
    }
}
