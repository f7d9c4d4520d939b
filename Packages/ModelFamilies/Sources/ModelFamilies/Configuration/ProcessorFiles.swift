// Where a checkpoint keeps the settings of its image and video processors. Releases disagree about the file:
//
//   preprocessor_config.json          image settings at the top: every release before transformers 5
//   processor_config.json             `image_processor` and `video_processor` inside: transformers 5
//   video_preprocessor_config.json    video settings at the top: transformers 4.52 to 4.57
//
// OpenGVLab's programs read none of them: everything is in config.json.
public import Checkpoint
internal import StrictJSON

/// What is prepared.
public enum ProcessorKind: Sendable {
    /// Images.
    case images
    /// Videos.
    case videos

    /// The files that may hold the settings, and the key inside.
    var places: [(file: String, key: String?)] {
        switch self {
        case .images: [("preprocessor_config.json", nil), ("processor_config.json", "image_processor")]
        case .videos: [("video_preprocessor_config.json", nil), ("processor_config.json", "video_processor")]
        }
    }
}

/// The settings of one processor and where they were found.
public struct FoundSettings: Sendable {
    /// The settings, joined from all files that have some.
    public let settings: PreprocessorSettings
    /// The files, as errors call them.
    public let file: String
    /// The names of the files.
    public let files: [String]
}

extension PreprocessorSettings {
    /// The settings of a checkpoint for one kind of input, wherever a public release puts them.
    ///
    /// - Parameters:
    ///   - kind: Images or videos.
    ///   - checkpoint: The checkpoint.
    /// - Returns: The settings; nil when no file has any.
    /// - Throws: `ConfigurationError` for a file that cannot be used, and `.contradiction` for two files that give one
    ///   setting different values.
    public static func find(
        _ kind: ProcessorKind, in checkpoint: any CheckpointReader
    ) throws -> FoundSettings? {
        var found: [(name: String, settings: PreprocessorSettings)] = []
        for (file, key) in kind.places {
            guard let bytes = try checkpoint.sideFile(file) else { continue }
            let root = try ConfigurationReader(bytes, file: "\(checkpoint.location): \(file)")
            guard let part = try key.map({ try root.object(ifPresent: $0) }) ?? root else { continue }
            found.append((file, try PreprocessorSettings(part)))
        }
        guard let first = found.first else { return nil }
        let joined = try found.dropFirst().reduce(first.settings) { known, next in
            try known.joined(with: next.settings, "\(checkpoint.location): \(first.name)", next.name)
        }
        let names = found.map(\.name)
        return FoundSettings(
            settings: joined, file: "\(checkpoint.location): \(names.joined(separator: " and "))",
            files: names)
    }

    /// These settings, and those of another file where these have none.
    private func joined(
        with other: PreprocessorSettings, _ file: String, _ otherFile: String
    ) throws -> PreprocessorSettings {
        func one<Value: Equatable>(_ key: String, _ path: KeyPath<PreprocessorSettings, Value?>) throws
            -> Value?
        {
            guard let mine = self[keyPath: path], let theirs = other[keyPath: path], mine != theirs else {
                return self[keyPath: path] ?? other[keyPath: path]
            }
            throw ConfigurationError.contradiction(
                file: file, key: key, value: "\(mine)", otherFile: otherFile, otherKey: key,
                otherValue: "\(theirs)")
        }
        var joined = self
        joined.minPixels = try one("min_pixels", \.minPixels)
        joined.maxPixels = try one("max_pixels", \.maxPixels)
        joined.patchSize = try one("patch_size", \.patchSize)
        joined.mergeSize = try one("merge_size", \.mergeSize)
        joined.temporalPatchSize = try one("temporal_patch_size", \.temporalPatchSize)
        joined.tileSize = try one("size", \.tileSize)
        joined.minTiles = try one("min_patches", \.minTiles)
        joined.maxTiles = try one("max_patches", \.maxTiles)
        joined.mean = try one("image_mean", \.mean)
        joined.deviation = try one("image_std", \.deviation)
        joined.rescaleFactor = try one("rescale_factor", \.rescaleFactor)
        return joined
    }
}
