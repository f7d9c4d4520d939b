// What a checkpoint says about the preparation of its images and videos; ProcessorFiles.swift finds the files.
internal import StrictJSON

/// The keys of the settings of a processor that change what an image processor does; nil keeps the processor's default.
public struct PreprocessorSettings: Sendable, Equatable {
    /// Fewest and most pixels after resizing (Qwen2.5-VL).
    ///
    /// They are stored as `min_pixels` and `max_pixels`, at the top or inside `size`, and in newer files as `shortest_edge`
    /// and `longest_edge` of `size`, which are pixel counts there too. A file that says two things is refused.
    public var minPixels, maxPixels: Int?
    /// Side of a patch in pixels.
    public var patchSize: Int?
    /// Patches along a side of the square that becomes one token.
    public var mergeSize: Int?
    /// Frames in a patch.
    public var temporalPatchSize: Int?
    /// Side of a tile in pixels (InternVL): `size` as one number or as equal height and width.
    public var tileSize: Int?
    /// Fewest and most tiles of a grid (InternVL).
    public var minTiles, maxTiles: Int?
    /// Mean of red, green and blue after rescaling.
    public var mean: [Double]?
    /// Standard deviation of red, green and blue after rescaling.
    public var deviation: [Double]?
    /// What a byte is multiplied by first.
    public var rescaleFactor: Double?

    /// Reads a file; `file` is what errors call it.
    ///
    /// Throws as `init(_:)` does.
    public init(_ bytes: [UInt8], file: String = "preprocessor_config.json") throws {
        try self.init(ConfigurationReader(bytes, file: file))
    }

    /// Reads the settings of one processor.
    ///
    /// The steps of a processor are fixed here: a file that leaves one out is refused rather than misread. Throws
    /// `ConfigurationError` that names the key.
    init(_ config: ConfigurationReader) throws {
        for key in ["do_resize", "do_rescale", "do_normalize"] {
            try config.expect(try config.flag(key, default: true), key, "true")
        }
        try config.expect(try config.integer("resample", default: 3) == 3, "resample", "3 (bicubic)")
        let mostPixels = 1 << 26
        let size: ConfigurationReader?
        if case .object? = config.value("size") {
            size = try config.object("size")
        } else {
            size = nil
            tileSize = try config.optionalCount("size", atMost: 4096)
        }
        if let size {
            let height = try size.optionalCount("height", atMost: 4096)
            try config.expect(
                try height == size.optionalCount("width", atMost: 4096), "size",
                "one number, or an equal height and width")
            tileSize = height
        }
        /// The one value that a limit has under its names.
        func limit(_ edge: String, _ pixels: String) throws -> Int? {
            let places = [(size, edge), (size, pixels), (config, pixels)]
            let found = try places.compactMap { reader, key in
                try reader?.optionalCount(key, atMost: mostPixels).map { ((reader?.path ?? "") + key, $0) }
            }
            if let first = found.first, let other = found.first(where: { $0.1 != first.1 }) {
                throw ConfigurationError.contradiction(
                    file: config.file, key: first.0, value: "\(first.1)", otherFile: config.file,
                    otherKey: other.0, otherValue: "\(other.1)")
            }
            return found.first?.1
        }
        minPixels = try limit("shortest_edge", "min_pixels")
        maxPixels = try limit("longest_edge", "max_pixels")
        patchSize = try config.optionalCount("patch_size", atMost: 256)
        mergeSize = try config.optionalCount("merge_size", atMost: 16)
        temporalPatchSize = try config.optionalCount("temporal_patch_size", atMost: 16)
        minTiles = try config.optionalCount("min_patches", atMost: 256)
        maxTiles = try config.optionalCount("max_patches", atMost: 256)
        mean = try config.numbers("image_mean")
        deviation = try config.numbers("image_std")
        rescaleFactor = try config.positive("rescale_factor")
        try config.expect(mean?.count ?? 3 == 3, "image_mean", "3 numbers")
        try config.expect(
            deviation?.count ?? 3 == 3 && deviation?.allSatisfy { $0 > 0 } ?? true, "image_std",
            "3 positive numbers")
    }

    /// Throws unless the fewest are at most the most; `least` and `most` are the values in use.
    public static func check(least: Int, most: Int, _ leastKey: String, _ mostKey: String, file: String)
        throws
    {
        guard least <= most else {
            throw ConfigurationError.badValue(
                file: file, key: mostKey, expected: "at least \(leastKey) \(least)", found: "\(most)")
        }
    }
}

extension ConfigurationReader {
    fileprivate func optionalCount(_ key: String, atMost limit: Int) throws -> Int? {
        value(key) == nil ? nil : try count(key, atMost: limit)
    }

    fileprivate func numbers(_ key: String) throws -> [Double]? {
        guard let value = value(key) else { return nil }
        guard case .array(let items) = value else { throw bad(key, "a list of numbers", value) }
        return try items.map { item in
            guard case .number(let text) = item, let number = Double(text), number.isFinite else {
                throw bad(key, "a list of numbers", value)
            }
            return number
        }
    }
}
