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
        let recommended = loaded.generation.sampling
        var defaults = SamplingOptions()
        defaults.temperature = recommended.temperature
        defaults.topK = recommended.topK
        defaults.topP = recommended.topP
        defaults.repetitionPenalty = recommended.repetitionPenalty
        let name = URL(fileURLWithPath: loaded.location).deletingPathExtension().lastPathComponent
        try self.init(
            id: id ?? name, fingerprint: Self.fingerprint(loaded.checkpoint), processor: loaded.processor,
            defaults: defaults, maxPositions: text.maxPositions, vocabularySize: text.vocabularySize,
            endIDs: loaded.generation.endTokenIDs.sorted())
    }

    /// Names, sizes and times of the checkpoint's files as a number: other weights have another one.
    private static func fingerprint(_ checkpoint: any CheckpointReader) throws -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        for path in checkpoint.sourceFiles.sorted() {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            add(URL(fileURLWithPath: path).lastPathComponent)
            add(
                "\(attributes[.size] ?? "") \((attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0)"
            )
        }
        let digits = String(hash, radix: 16)
        return "r1-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
