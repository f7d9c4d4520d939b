// The image processor of Qwen2-VL and Qwen2.5-VL: choose a size, resize, normalize, cut into patches.
// Bit for bit equal to the reference's Pillow processor (Qwen2VLImageProcessorPil of transformers 5.23).
internal import Basics
import CImage

/// Turns images into the rows that the vision tower reads.
public struct QwenImageProcessor: Sendable, Equatable {
    /// Fewest pixels after resizing.
    public var minPixels = 56 * 56
    /// Most pixels after resizing.
    public var maxPixels = 28 * 28 * 1280
    /// Side of a patch in pixels.
    public var patchSize = 14
    /// Patches along a side of the square that becomes one token.
    public var mergeSize = 2
    /// Frames in a row; a still image is repeated.
    public var temporalPatchSize = 2
    /// How bytes are converted to numbers.
    public var normalization = PixelNormalization.clip
    /// Which library's rounding is used.
    public var arithmetic = PixelArithmetic.pillow
    /// Which of the two published rules chooses the size.
    var sizeRule = SizeRule.transformers

    /// The two `smart_resize` functions.
    ///
    /// They differ for sides below 14 and for long thin images.
    enum SizeRule: Sendable {
        /// The rule of transformers.
        case transformers
        /// The rule of `qwen_vl_utils`: a side is at least 28 before the limits are applied, but not after.
        case qwenUtils
    }

    /// The processor with the defaults of the reference's class.
    public init() {}

    /// The size an image is resized to: a near multiple of 28 in both directions, within the pixel limits.
    ///
    /// Follows a reference's `smart_resize`, operation by operation in float64.
    ///
    /// - Parameters:
    ///   - width: Width in pixels.
    ///   - height: Height in pixels.
    ///   - name: The image's name in error messages.
    /// - Returns: Width and height in pixels.
    /// - Throws: `ImageError.extremeRatio` if one side is more than 200 times the other or not positive,
    ///   `ImageError.tooLarge` for a side above a million pixels.
    public func resizedSize(
        width: Int, height: Int, name: String = "image"
    ) throws -> (width: Int, height: Int) {
        let factor = patchSize * mergeSize
        let w = Double(width), h = Double(height), f = Double(factor)
        guard width > 0, height > 0, max(w, h) / min(w, h) <= 200 else {
            throw ImageError.extremeRatio(name: name, width: width, height: height)
        }
        guard max(width, height) <= Self.longestSide else {
            throw ImageError.tooLarge(
                name: name, what: "a side in pixels", found: max(width, height), limit: Self.longestSide)
        }
        let least = sizeRule == .qwenUtils ? factor : 0
        func nearest(_ side: Double) -> Int { max(least, Int((side / f).rounded(.toNearestOrEven)) * factor) }
        if nearest(h) * nearest(w) > maxPixels {
            let beta = (h * w / Double(maxPixels)).squareRoot()
            let least = sizeRule == .transformers ? factor : 0
            func shrunk(_ side: Double) -> Int { max(least, Int((side / beta / f).rounded(.down)) * factor) }
            guard min(shrunk(w), shrunk(h)) > 0 else {
                throw ImageError.extremeRatio(name: name, width: width, height: height)
            }
            return (shrunk(w), shrunk(h))
        }
        if nearest(h) * nearest(w) < minPixels {
            let beta = (Double(minPixels) / (h * w)).squareRoot()
            func grown(_ side: Double) -> Int { Int((side * beta / f).rounded(.up)) * factor }
            return (grown(w), grown(h))
        }
        return (nearest(w), nearest(h))
    }

    /// Resizes, normalizes and cuts one image.
    ///
    /// - Parameters:
    ///   - image: An upright image.
    ///   - name: The image's name in error messages.
    /// - Returns: The rows for the vision tower and their grid.
    /// - Throws: `ImageError.extremeRatio` if one side is more than 200 times the other, `MemoryError`.
    public func callAsFunction(_ image: RGBImage, name: String) throws -> ImagePatches {
        let size = try resizedSize(width: image.width, height: image.height, name: name)
        try requireMemory(for: size, frameCount: temporalPatchSize, name: name)
        let resized = resizeBicubic(
            image, width: size.width, height: size.height, arithmetic: arithmetic)
        return ImagePatches(
            pixelValues: rows(of: resized), gridT: 1,
            gridH: size.height / patchSize, gridW: size.width / patchSize, mergeSize: mergeSize,
            originalWidth: image.width, originalHeight: image.height,
            resizedWidth: size.width, resizedHeight: size.height,
            contentHash: ContentHash(of: resized))
    }

    /// Throws `MemoryError` unless there is memory for resized frames and their patches.
    func requireMemory(for size: (width: Int, height: Int), frameCount: Int, name: String) throws {
        // Three bytes a pixel and two arrays of three numbers; reading the limits costs more than a small image.
        let needed = [size.width, size.height, frameCount, 27].productIfFits
        if let needed, needed < 1 << 26 { return }
        try AvailableMemory.require(
            needed, "\(name) as \(frameCount) frames of \(size.width) x \(size.height) pixels needs",
            advice: "lower the pixel limits")
    }

    /// Keeps every product of sides exact in float64 and in `Int`.
    private static let longestSide = 1_000_000

    /// Rows in the order (block row, block column, patch row in the block, patch column in the block).
    private func rows(of image: RGBImage) -> [Float] {
        let count = 3 * image.width * image.height * temporalPatchSize
        let values = normalization.table(arithmetic)
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            r1_patchify(
                image.pixels, image.width, image.height, patchSize, mergeSize, temporalPatchSize, values,
                buffer.baseAddress)
            initialized = count
        }
    }
}

/// One image as the vision tower reads it.
public struct ImagePatches: Sendable {
    /// `gridT * gridH * gridW` rows of (channel, frame, patch row, patch column), 1176 values for patch 14.
    public var pixelValues: [Float]
    /// Steps in time, 1 for an image.
    public var gridT: Int
    /// Patches from top to bottom.
    public var gridH: Int
    /// Patches from left to right.
    public var gridW: Int
    /// Patches along a side of the square that becomes one token.
    public var mergeSize: Int
    /// Width of the upright original in pixels; boxes in data are in these pixels.
    public var originalWidth: Int
    /// Height of the upright original in pixels.
    public var originalHeight: Int
    /// Width in pixels after resizing; boxes in Qwen2.5-VL's answers are in these pixels.
    public var resizedWidth: Int
    /// Height in pixels after resizing.
    public var resizedHeight: Int
    /// The hash of the resized pixels; equal for equal images.
    public var contentHash: ContentHash

    /// Tokens of the image in a prompt: one for every square of `mergeSize * mergeSize` patches.
    var tokenCount: Int { gridT * gridH * gridW / (mergeSize * mergeSize) }
}
