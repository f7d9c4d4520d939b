// The description of a loaded checkpoint for a server.
internal import Checkpoint
internal import Foundation
internal import ModelFamilies
public import VisionLanguageModel

extension ServedModel {
    /// Describes a loaded checkpoint.
    ///
    /// - Parameters:
    ///   - loaded: The checkpoint.
    ///   - id: The name in requests and replies; nil for the name of the file or folder.
    /// - Throws: What reading its side files throws.
    public init(_ loaded: LoadedModel, id: String?) throws {
        let text = loaded.model.configuration.text
        let name = URL(fileURLWithPath: loaded.location).deletingPathExtension().lastPathComponent
        try self.init(
            id: id ?? name, fingerprint: Self.fingerprint(loaded.checkpoint), version: name,
            processor: loaded.processor, defaults: loaded.generation.sampling,
            maxPositions: text.maxPositions, vocabularySize: text.vocabularySize,
            endIDs: loaded.generation.endTokenIDs.sorted())
    }

    /// The identity of the weights; for files without hashes their names, sizes and times instead.
    private static func fingerprint(_ checkpoint: any CheckpointReader) throws -> String {
        func name(_ hash: String) -> String { "r1-" + hash.prefix(16) }
        if let identity = checkpoint.identity { return name(identity) }
        let files = try checkpoint.sourceFiles.sorted().map { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            let time = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(URL(fileURLWithPath: path).lastPathComponent) \(attributes[.size] ?? "") \(time)"
        }
        return name(sha256(Array(files.joined(separator: "\n").utf8)))
    }
}
