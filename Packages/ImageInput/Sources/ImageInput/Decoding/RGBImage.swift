// A decoded image, the limits checked before decoding, and the handling of alpha.

/// An upright image of red, green and blue bytes.
public struct RGBImage: Sendable, Equatable {
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// `height * width * 3` bytes: rows from the top, pixels from the left, red, then green, then blue.
    public var pixels: [UInt8]

    /// Creates an image from pixels; stops the program if their count is not `height * width * 3`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        guard width > 0, height > 0, pixels.count == 3 * width * height else {
            fatalError("RGBImage: \(pixels.count) bytes are not \(height) x \(width) x 3")
        }
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// Limits on an image, checked against the header before any image-sized memory is allocated.
public struct ImageLimits: Sendable, Equatable {
    /// Most pixels; the default of 100 million decodes to 300 MB, so public servers should lower it.
    public var maxPixels = 100_000_000
    /// Longest side in pixels.
    public var maxSide = 30_000
    /// Most bytes of the encoded file, 256 MiB by default.
    public var maxBytes = 256 << 20

    /// The limits of the command-line tools, for trusted files.
    public init() {}

    /// Custom limits.
    public init(maxPixels: Int, maxSide: Int = 30_000, maxBytes: Int = 256 << 20) {
        self.maxPixels = maxPixels
        self.maxSide = maxSide
        self.maxBytes = maxBytes
    }
}

/// How to handle an RGBA image's alpha; palettes and 8-bit gray always lose theirs, as in the references.
public enum AlphaHandling: Sendable {
    /// Keeps the stored colors and drops the alpha, like Hugging Face's `load_image`.
    case dropped
    /// Composites the image over white, like `qwen_vl_utils`.
    case onWhite
}
