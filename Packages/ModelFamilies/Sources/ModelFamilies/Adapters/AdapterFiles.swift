// Where an adapter is stored.
internal import Checkpoint
internal import Foundation

/// The parts of a LoRA adapter: a folder of PEFT, or a checkpoint of a run that trains one.
struct AdapterFiles {
    /// The changes, under PEFT's names.
    let tensors: any CheckpointReader
    /// The bytes of `adapter_config.json`, and what errors call it.
    let settings: [UInt8], settingsFile: String
    /// The files that were read.
    let paths: [String]

    /// Opens an adapter.
    ///
    /// - Parameter path: The folder with `adapter_config.json` and `adapter_model.safetensors` or `adapter_model.bin`,
    ///   or a checkpoint.
    /// - Throws: `ConfigurationError.missingFile` without `adapter_config.json`, and what opening the tensors throws.
    init(_ path: String) throws {
        guard isFolder(path) else {
            tensors = try openCheckpoint(path)
            guard let settings = try tensors.sideFile("adapter_config.json") else {
                throw ConfigurationError.missingFile(checkpoint: path, file: "adapter_config.json")
            }
            (self.settings, settingsFile, paths) = (settings, "\(path): adapter_config.json", [path])
            return
        }
        let files = try SafetensorsDirectory.sideFiles(in: path)
        guard let settings = files.first(where: { $0.name == "adapter_config.json" }) else {
            throw ConfigurationError.missingFile(checkpoint: path, file: "adapter_config.json")
        }
        let weights = ["adapter_model.safetensors", "adapter_model.bin"].map { "\(path)/\($0)" }
        let known = weights.first { FileManager.default.fileExists(atPath: $0) } ?? weights[0]
        tensors = try openCheckpoint(known, orForeign: true)
        (self.settings, settingsFile) = (settings.bytes, "\(path)/adapter_config.json")
        paths = [settingsFile, known]
    }

    /// A hash of the tensors and of the settings.
    ///
    /// - Throws: What reading them throws.
    func identity() throws -> String {
        let known = try tensors.identity ?? computedIdentity(of: tensors)
        return sha256(Array("\(known) \(sha256(settings))".utf8))
    }
}

/// Whether a path is that of a folder: only a folder has an entry `.`.
func isFolder(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path + "/.") }
