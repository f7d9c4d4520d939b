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
        let file: File
        do {
            file = try JSONDecoder().decode(File.self, from: Data(json))
        } catch let error as DecodingError {
            throw ImageError.badConfiguration(
                key: error.path, expected: "a file in the public format", found: error.reason)
        }
        self.init()
        minPixels = file.minPixels ?? file.size?.shortestEdge ?? minPixels
        maxPixels = file.maxPixels ?? file.size?.longestEdge ?? maxPixels
        patchSize = file.patchSize ?? patchSize
        mergeSize = file.mergeSize ?? mergeSize
        temporalPatchSize = file.temporalPatchSize ?? temporalPatchSize
        mean = file.imageMean ?? mean
        std = file.imageStd ?? std
        rescaleFactor = file.rescaleFactor ?? rescaleFactor
        try file.checkSteps()
        try checkRanges()
    }

    /// Every number within what memory and arithmetic can stand.
    private func checkRanges() throws {
        func check(_ key: String, _ value: some Any, _ expected: String, _ holds: Bool) throws {
            guard holds else {
                throw ImageError.badConfiguration(key: key, expected: expected, found: "\(value)")
            }
        }
        let most = 1 << 26
        try check("min_pixels", minPixels, "1 to \(most)", (1...most).contains(minPixels))
        try check(
            "max_pixels", maxPixels, "\(minPixels) (min_pixels) to \(most)",
            maxPixels >= minPixels && maxPixels <= most)
        try check("patch_size", patchSize, "1 to 256", (1...256).contains(patchSize))
        try check("merge_size", mergeSize, "1 to 16", (1...16).contains(mergeSize))
        try check("temporal_patch_size", temporalPatchSize, "1 to 16", (1...16).contains(temporalPatchSize))
        try check("image_mean", mean, "3 numbers", mean.count == 3)
        try check("image_std", std, "3 positive numbers", std.count == 3 && std.allSatisfy { $0 > 0 })
        try check("rescale_factor", rescaleFactor, "a positive number", rescaleFactor > 0)
    }

    private struct File: Decodable {
        struct Size: Decodable {
            var shortestEdge, longestEdge: Int?
            enum CodingKeys: String, CodingKey {
                case shortestEdge = "shortest_edge"
                case longestEdge = "longest_edge"
            }
        }
        var minPixels, maxPixels, patchSize, mergeSize, temporalPatchSize, resample: Int?
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
            case resample, size
            case imageMean = "image_mean"
            case imageStd = "image_std"
            case rescaleFactor = "rescale_factor"
            case doResize = "do_resize"
            case doRescale = "do_rescale"
            case doNormalize = "do_normalize"
        }

        /// The steps are fixed here; a file that leaves one out is refused rather than misread.
        func checkSteps() throws {
            let steps = [("do_resize", doResize), ("do_rescale", doRescale), ("do_normalize", doNormalize)]
            for (key, value) in steps where value == false {
                throw ImageError.badConfiguration(key: key, expected: "true", found: "false")
            }
            if let resample, resample != 3 {
                throw ImageError.badConfiguration(
                    key: "resample", expected: "3 (bicubic)", found: "\(resample)")
            }
        }
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
