// Errors of images and videos.

/// The reason an image cannot be used; the description names the image.
public enum ImageError: Error, CustomStringConvertible, Equatable {
    /// The bytes do not begin like a file of a known format.
    case unknownFormat(name: String, firstBytes: [UInt8])
    /// One of `ImageLimits` is exceeded.
    case tooLarge(name: String, what: String, found: Int, limit: Int)
    /// A decoder rejected the bytes.
    case malformed(name: String, format: String, reason: String)
    /// One side is more than 200 times the other.
    case extremeRatio(name: String, width: Int, height: Int)
    /// There is no readable file at the path.
    case unreadableFile(path: String, reason: String)
    /// An image reference is neither a path nor a base64 `data:` URI.
    case badReference(start: String, reason: String)
    /// Reading a video exceeded the time limit.
    case tookTooLong(path: String, seconds: Double)
    /// A video needs a program that is not installed.
    case needsProgram(path: String, program: String)

    /// A sentence that names the image, the problem and what was expected.
    public var description: String {
        switch self {
        case .unknownFormat(let name, let bytes):
            let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(
                separator: " ")
            let found = bytes.isEmpty ? "it is empty" : "it begins with \(hex)"
            return "\(name): expected a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC image, but \(found)"
        case .tooLarge(let name, let what, let found, let limit):
            return "\(name): \(what) is \(found), the limit is \(limit)"
        case .malformed(let name, let format, let reason):
            return "\(name): not a usable \(format) image: \(reason)"
        case .extremeRatio(let name, let width, let height):
            return "\(name): \(width) x \(height) pixels; one side may be at most 200 times the other"
        case .unreadableFile(let path, let reason):
            return "\(path): \(reason)"
        case .badReference(let start, let reason):
            return "image reference \"\(start)\": \(reason)"
        case .tookTooLong(let path, let seconds):
            return "\(path): reading this video took more than \(seconds) seconds and was stopped"
        case .needsProgram(let path, let program):
            return
                "\(path): this video needs the program \(program) (ffmpeg), which is not in PATH; install it, or give a "
                + "folder of pictures or an animated WebP or GIF"
        }
    }
}
