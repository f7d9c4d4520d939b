// preprocessor_config.json: what a checkpoint says about the preparation of its images.
internal import StrictJSON

/// The keys of `preprocessor_config.json` that change what an image processor does; nil keeps the processor's default.
public struct PreprocessorSettings: Sendable, Equatable {
    /// Fewest and most pixels after resizing (Qwen2.5-VL).
    ///
    /// They are stored as `min_pixels` and `max_pixels`, in newer files as `size` with `shortest_edge` and
    /// `longest_edge`, which are pixel counts there too. The first pair wins, as in the reference.
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
    /// The steps of a processor are fixed here: a file that leaves one out is refused rather than misread. Throws
    /// `ConfigurationError` that names the key.
    public init(_ bytes: [UInt8], file: String = "preprocessor_config.json") throws {
        let config = try ConfigurationReader(bytes, file: file)
        for key in ["do_resize", "do_rescale", "do_normalize"] {
            try config.expect(try config.flag(key, default: true), key, "true")
        }
        try config.expect(try config.integer("resample", default: 3) == 3, "resample", "3 (bicubic)")
        let mostPixels = 1 << 26
        if case .object? = config.value("size") {
            let size = try config.object("size")
            minPixels = try size.optionalCount("shortest_edge", atMost: mostPixels)
            maxPixels = try size.optionalCount("longest_edge", atMost: mostPixels)
            let height = try size.optionalCount("height", atMost: 4096)
            try config.expect(
                try height == size.optionalCount("width", atMost: 4096), "size",
                "one number, or an equal height and width")
            tileSize = height
        } else {
            tileSize = try config.optionalCount("size", atMost: 4096)
        }
        minPixels = try config.optionalCount("min_pixels", atMost: mostPixels) ?? minPixels
        maxPixels = try config.optionalCount("max_pixels", atMost: mostPixels) ?? maxPixels
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
