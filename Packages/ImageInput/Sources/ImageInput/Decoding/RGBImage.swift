// A decoded image, the limits an image must keep before it is decoded, and every way this can fail.

/// An upright picture of red, green and blue bytes.
public struct RGBImage: Sendable, Equatable {
    /// Width in pixels.
    public var width: Int
    /// Height in pixels.
    public var height: Int
    /// `height * width * 3` bytes: rows from the top, pixels from the left, red before green before blue.
    public var pixels: [UInt8]

    /// An image of these pixels; stops the program when their count is not `height * width * 3`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        guard width > 0, height > 0, pixels.count == 3 * width * height else {
            fatalError("RGBImage: \(pixels.count) bytes are not \(height) x \(width) x 3")
        }
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// What an image may cost; checked against the header, before anything of the image's size is allocated.
public struct ImageLimits: Sendable, Equatable {
    /// Most pixels; the default of 100 million decodes to 300 MB, a server for strangers wants less.
    public var maxPixels = 100_000_000
    /// Longest side in pixels.
    public var maxSide = 30_000
    /// Most bytes of the encoded file, 256 MiB by default.
    public var maxBytes = 256 << 20

    /// The limits of the command-line tools, for trusted files.
    public init() {}

    /// Limits of your own.
    public init(maxPixels: Int, maxSide: Int = 30_000, maxBytes: Int = 256 << 20) {
        self.maxPixels = maxPixels
        self.maxSide = maxSide
        self.maxBytes = maxBytes
    }
}

/// What becomes of the alpha of an RGBA image; palettes and 8-bit grey always lose theirs, as in the references.
public enum AlphaHandling: Sendable {
    /// Keeps the stored colours and drops the alpha, like Hugging Face's `load_image`.
    case dropped
    /// Lays the image over white, like `qwen_vl_utils`.
    case onWhite
}
