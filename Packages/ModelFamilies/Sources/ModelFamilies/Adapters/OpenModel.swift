// Opens what can answer: a model, or an adapter with its base.
public import Checkpoint
internal import Foundation

/// Opens a model, or a LoRA adapter as the model that it makes of its base.
///
/// The changes of an adapter are added while tensors are read, see ``merging(_:adapter:)``.
///
/// - Parameters:
///   - path: A checkpoint, a folder of PEFT with `adapter_config.json`, or a checkpoint of a run that trains an adapter.
///   - base: The base of the adapter; nil for the one that it names in `base_model_name_or_path`.
/// - Returns: The model, and the path of the base where `path` is an adapter. The model's `location` is `path`, and its
///   hashes are checked in the adapter and in the base.
/// - Throws: `ConfigurationError` when the adapter names no base that is there, or when a base was given and `path` is
///   no adapter; what opening both and ``merging(_:adapter:)`` throw.
public func openModel(
    _ path: String, base: String? = nil
) throws -> (checkpoint: any CheckpointReader, base: String?) {
    guard try isAdapter(path) else {
        guard base == nil else { throw ConfigurationError.notAdapter(checkpoint: path) }
        return (try openCheckpoint(path), nil)
    }
    let adapter = try AdapterFiles(path)
    let config = try ConfigurationReader(adapter.settings, file: adapter.settingsFile)
    let named = try base ?? config.text("base_model_name_or_path") ?? ""
    guard base != nil || FileManager.default.fileExists(atPath: named) else {
        throw ConfigurationError.noBase(adapter: path, base: named)
    }
    return (try AdaptedModel(openCheckpoint(named), adapter, path), named)
}

/// Whether a path is that of an adapter: it has `adapter_config.json`, and `config.json` is that of its base.
private func isAdapter(_ path: String) throws -> Bool {
    let names: [String]
    if isFolder(path) {
        names = ["config.json", "adapter_config.json"].filter {
            FileManager.default.fileExists(atPath: "\(path)/\($0)")
        }
    } else {
        names = try openCheckpoint(path).sideFileNames
    }
    return names.contains("adapter_config.json") && !names.contains("config.json")
}

/// A base with an adapter, under the path of the adapter.
private final class AdaptedModel: CheckpointView {
    let source: any CheckpointReader
    let location: String
    let identity: String?
    /// Those of the base: the caller says that there is an adapter.
    let readingNotes: [String]
    private let adapter: any CheckpointReader

    init(_ base: any CheckpointReader, _ adapter: AdapterFiles, _ path: String) throws {
        (source, location, self.adapter) = (try merging(base, adapter), path, adapter.tensors)
        readingNotes = base.readingNotes
        let own = try adapter.identity()
        // Without one of the base, an identity has to be computed from all tensors.
        identity = base.identity.map { sha256(Array("\($0) \(own)".utf8)) }
    }

    var hashedFiles: [FileState] { source.hashedFiles + adapter.hashedFiles }
    func damages() throws -> [StoredDamage] { try source.damages() + adapter.damages() }
}
