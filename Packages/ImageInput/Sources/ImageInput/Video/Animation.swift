// Animated pictures: WebP and GIF.
import CImage

/// The frames of an animated picture, drawn one after another.
///
/// The bytes must stay where they are while it is used, so an instance lives inside a call.
struct Animation {
    /// The size of every frame.
    let size: (width: Int, height: Int)
    /// The number of frames.
    let count: Int
    /// The duration of all frames.
    let seconds: Double
    private let format: ImageFormat
    private let handle: OpaquePointer

    /// Gives `body` the animation of a file.
    ///
    /// Throws `ImageError` for a picture of another format or a damaged one, and what `body` throws.
    static func with<R>(_ bytes: [UInt8], name: String, _ body: (Animation) throws -> R) throws -> R {
        let format = try ImageFormat(of: bytes, name: name)
        guard format == .webp || format == .gif else {
            throw ImageError.malformed(
                name: name, format: "video",
                reason: "it is a \(format.rawValue) picture; only WebP and GIF pictures are animated")
        }
        return try bytes.withUnsafeBufferPointer { buffer in
            let animation = try Animation(buffer, format, name: name)
            defer { animation.close() }
            return try body(animation)
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ format: ImageFormat, name: String) throws {
        var size = r1_image_size()
        var count: UInt32 = 0
        var opened: OpaquePointer?
        try reporting(format, name: name) { message in
            opened =
                format == .gif
                ? r1_gif_open(bytes.baseAddress, bytes.count, &size, &count, message)
                : r1_webp_open(bytes.baseAddress, bytes.count, &size, &count, message)
            return opened == nil ? -1 : 0
        }
        guard let opened else { fatalError("Animation: opened without a handle") }
        (handle, self.format, self.count) = (opened, format, Int(count))
        self.size = (Int(size.width), Int(size.height))
        let milliseconds = format == .gif ? r1_gif_milliseconds(opened) : r1_webp_milliseconds(opened)
        seconds = Double(milliseconds) / 1000
    }

    /// Draws the next frame; throws `ImageError` when it is damaged.
    func next(into pixels: inout [UInt8], onWhite: Bool, name: String) throws {
        try reporting(format, name: name) { message in
            format == .gif
                ? r1_gif_next(handle, onWhite ? 1 : 0, &pixels, message)
                : r1_webp_next(handle, onWhite ? 1 : 0, &pixels, message)
        }
    }

    private func close() {
        if format == .gif { r1_gif_close(handle) } else { r1_webp_close(handle) }
    }
}
