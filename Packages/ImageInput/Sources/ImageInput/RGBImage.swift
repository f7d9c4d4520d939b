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

/// A reason why an image cannot be used; the description names the image.
public enum ImageError: Error, CustomStringConvertible, Equatable {
    /// The bytes do not begin like a JPEG, PNG or WebP file.
    case unknownFormat(name: String, firstBytes: [UInt8])
    /// One of `ImageLimits` is exceeded.
    case tooLarge(name: String, what: String, found: Int, limit: Int)
    /// A decoder refuses the bytes.
    case malformed(name: String, format: String, reason: String)
    /// One side is more than 200 times the other.
    case extremeRatio(name: String, width: Int, height: Int)
    /// A preprocessor configuration cannot be followed.
    case badConfiguration(key: String, expected: String, found: String)
    /// There is no readable file at the path.
    case unreadableFile(path: String, reason: String)
    /// An image reference is neither a path nor a base64 `data:` URI.
    case badReference(start: String, reason: String)
    /// A video was not read in the time allowed.
    case tookTooLong(path: String, seconds: Double)
    /// A video needs a program that is not installed.
    case needsProgram(path: String, program: String)

    /// A sentence that says what is wrong with which image and what was expected.
    public var description: String {
        switch self {
        case .unknownFormat(let name, let bytes):
            let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(
                separator: " ")
            let found = bytes.isEmpty ? "it is empty" : "it begins with \(hex)"
            return "\(name): expected a JPEG, PNG or WebP image, but \(found)"
        case .tooLarge(let name, let what, let found, let limit):
            return "\(name): \(what) is \(found), the limit is \(limit)"
        case .malformed(let name, let format, let reason):
            return "\(name): not a usable \(format) image: \(reason)"
        case .extremeRatio(let name, let width, let height):
            return "\(name): \(width) x \(height) pixels; one side may be at most 200 times the other"
        case .badConfiguration(let key, let expected, let found):
            return "preprocessor_config.json: \(key): expected \(expected), found \(found)"
        case .unreadableFile(let path, let reason):
            return "\(path): \(reason)"
        case .badReference(let start, let reason):
            return "image reference \"\(start)\": \(reason)"
        case .tookTooLong(let path, let seconds):
            return "\(path): reading this video took more than \(seconds) seconds and was stopped"
        case .needsProgram(let path, let program):
            return
                "\(path): this video needs the program \(program) (ffmpeg), which is not in PATH; install it, or give a "
                + "folder of pictures or an animated WebP"
        }
    }
}
