// Reading preprocessor_config.json. Keys that are absent keep the defaults of the reference's class.
import Foundation

extension QwenImageProcessor {
    /// The processor that a model's `preprocessor_config.json` describes.
    ///
    /// Pixel limits come as `min_pixels` and `max_pixels`, or in newer files as `size` with `shortest_edge` and
    /// `longest_edge`, which are pixel counts there too; the first pair wins, as in the reference.
    ///
    /// - Parameter json: The file's bytes.
    /// - Throws: `ImageError.badConfiguration` when a value cannot be followed.
    public init(preprocessorConfig json: [UInt8]) throws {
        let file = try PreprocessorFile(json)
        self.init()
        minPixels = file.minPixels ?? file.size?.shortestEdge ?? minPixels
        maxPixels = file.maxPixels ?? file.size?.longestEdge ?? maxPixels
        patchSize = file.patchSize ?? patchSize
        mergeSize = file.mergeSize ?? mergeSize
        temporalPatchSize = file.temporalPatchSize ?? temporalPatchSize
        normalization = try file.normalization(default: normalization)
        try file.checkSteps()
        let most = 1 << 26
        try check("min_pixels", minPixels, "1 to \(most)", (1...most).contains(minPixels))
        try check(
            "max_pixels", maxPixels, "\(minPixels) (min_pixels) to \(most)",
            maxPixels >= minPixels && maxPixels <= most)
        try check("patch_size", patchSize, "1 to 256", (1...256).contains(patchSize))
        try check("merge_size", mergeSize, "1 to 16", (1...16).contains(mergeSize))
        try check("temporal_patch_size", temporalPatchSize, "1 to 16", (1...16).contains(temporalPatchSize))
    }
}

extension InternVLImageProcessor {
    /// The processor that a model's `preprocessor_config.json` describes, of either layout.
    ///
    /// The converted checkpoints say `size` (height and width of a tile), `min_patches` and `max_patches`; their
    /// `crop_to_patches` is not read, because the reference's processor always cuts images. The original ones say
    /// `size` as one number and keep the rest in config.json (`min_dynamic_patch`, `max_dynamic_patch`,
    /// `use_thumbnail`): set those on the result.
    ///
    /// - Parameter json: The file's bytes.
    /// - Throws: `ImageError.badConfiguration` when a value cannot be followed.
    public init(preprocessorConfig json: [UInt8]) throws {
        let file = try PreprocessorFile(json)
        self.init()
        if let size = file.size {
            guard let height = size.height, height == size.width else {
                throw ImageError.badConfiguration(
                    key: "size", expected: "one number, or an equal height and width",
                    found:
                        "\(size.height.map(String.init) ?? "no height") and \(size.width.map(String.init) ?? "no width")"
                )
            }
            tileSize = height
        }
        minTiles = file.minPatches ?? minTiles
        maxTiles = file.maxPatches ?? maxTiles
        normalization = try file.normalization(default: normalization)
        try file.checkSteps()
        try check("size", tileSize, "1 to 4096", (1...4096).contains(tileSize))
        try check("min_patches", minTiles, "1 to 256", (1...256).contains(minTiles))
        try check(
            "max_patches", maxTiles, "\(minTiles) (min_patches) to 256", (minTiles...256).contains(maxTiles))
    }
}

private func check(_ key: String, _ value: some Any, _ expected: String, _ holds: Bool) throws {
    guard holds else { throw ImageError.badConfiguration(key: key, expected: expected, found: "\(value)") }
}

/// The keys of `preprocessor_config.json` that change what a processor does.
private struct PreprocessorFile: Decodable {
    /// A tile's size or pixel limits, as one number or an object.
    struct Size: Decodable {
        var shortestEdge, longestEdge, height, width: Int?
        enum CodingKeys: String, CodingKey {
            case shortestEdge = "shortest_edge"
            case longestEdge = "longest_edge"
            case height, width
        }

        init(from decoder: any Decoder) throws {
            if let side = try? decoder.singleValueContainer().decode(Int.self) {
                (height, width) = (side, side)
                return
            }
            let values = try decoder.container(keyedBy: CodingKeys.self)
            shortestEdge = try values.decodeIfPresent(Int.self, forKey: .shortestEdge)
            longestEdge = try values.decodeIfPresent(Int.self, forKey: .longestEdge)
            height = try values.decodeIfPresent(Int.self, forKey: .height)
            width = try values.decodeIfPresent(Int.self, forKey: .width)
        }
    }
    var minPixels, maxPixels, patchSize, mergeSize, temporalPatchSize, resample: Int?
    var minPatches, maxPatches: Int?
    var size: Size?
    var imageMean, imageStd: [Double]?
    var rescaleFactor: Double?
    var doResize, doRescale, doNormalize: Bool?
    enum CodingKeys: String, CodingKey {
        case minPixels = "min_pixels"
        case maxPixels = "max_pixels"
        case patchSize = "patch_size"
        case mergeSize = "merge_size"
        case temporalPatchSize = "temporal_patch_size"
        case minPatches = "min_patches"
        case maxPatches = "max_patches"
        case resample, size
        case imageMean = "image_mean"
        case imageStd = "image_std"
        case rescaleFactor = "rescale_factor"
        case doResize = "do_resize"
        case doRescale = "do_rescale"
        case doNormalize = "do_normalize"
    }

    init(_ json: [UInt8]) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json))
        } catch let error as DecodingError {
            throw ImageError.badConfiguration(
                key: error.path, expected: "a file in the public format", found: error.reason)
        }
    }

    /// The steps are fixed here; a file that leaves one out is refused rather than misread.
    func checkSteps() throws {
        let steps = [("do_resize", doResize), ("do_rescale", doRescale), ("do_normalize", doNormalize)]
        for (key, value) in steps where value == false {
            throw ImageError.badConfiguration(key: key, expected: "true", found: "false")
        }
        if let resample, resample != 3 {
            throw ImageError.badConfiguration(key: "resample", expected: "3 (bicubic)", found: "\(resample)")
        }
    }

    func normalization(default usual: PixelNormalization) throws -> PixelNormalization {
        let mean = imageMean ?? usual.mean
        let std = imageStd ?? usual.std
        let factor = rescaleFactor ?? usual.rescaleFactor
        try check("image_mean", mean, "3 numbers", mean.count == 3)
        try check("image_std", std, "3 positive numbers", std.count == 3 && std.allSatisfy { $0 > 0 })
        try check("rescale_factor", factor, "a positive number", factor > 0)
        return PixelNormalization(mean: mean, std: std, rescaleFactor: factor)
    }
}

extension DecodingError {
    private var context: Context? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }

    fileprivate var path: String {
        let keys = context?.codingPath.map(\.stringValue) ?? []
        return keys.isEmpty ? "the whole file" : keys.joined(separator: ".")
    }

    fileprivate var reason: String { context?.debugDescription ?? "\(self)" }
}
