// Calls every operation of the decoders on bytes that claim to be an image.
internal import ImageInput

/// The outcome of decoding a file.
public enum ImageOutcome: Sendable {
    /// It was rejected with an `ImageError`.
    case refused
    /// It was decoded to an image, and every check on it passed.
    case decoded
}

/// A guarantee of the decoders that some bytes broke.
public struct BrokenPromise: Error {
    /// What was found.
    public let description: String
}

/// Decodes bytes in every available way.
///
/// - Parameter bytes: An untrusted file.
/// - Returns: Whether it was decoded.
/// - Throws: `BrokenPromise`, or any error other than `ImageError`.
public func exerciseImage(_ bytes: [UInt8]) throws -> ImageOutcome {
    let limits = ImageLimits(maxPixels: 1 << 15, maxSide: 3000)
    func attempt<Value>(_ body: () throws -> Value) throws -> Value? {
        do { return try body() } catch is ImageError { return nil }
    }
    func require(_ truth: Bool, _ description: @autoclosure () -> String) throws {
        guard truth else { throw BrokenPromise(description: description()) }
    }
    let upright = try attempt { try imageSize(bytes, name: "x", limits: limits) }
    let stored = try attempt { try imageSize(bytes, name: "x", limits: limits, applyOrientation: false) }
    try require((upright == nil) == (stored == nil), "a size that depends on the orientation")
    let image = try attempt { try decodeImage(bytes, name: "x", limits: limits) }
    let white = try attempt {
        try decodeImage(bytes, name: "x", limits: limits, alpha: .onWhite, applyOrientation: false)
    }
    try require((image == nil) == (white == nil), "a picture that depends on what becomes of the alpha")
    var reader = VideoReader()
    reader.limits.image = limits
    reader.limits.maxFrames = 8
    reader.sampling = .segments(3)
    let frames = try attempt { try reader.animation(bytes, name: "x").frames }
    if let frames, let stored {
        try require(frames.allSatisfy { ($0.width, $0.height) == stored }, "a frame of another size")
    }
    guard let image, let white else { return .refused }
    try require(upright.map { $0 == (image.width, image.height) } == true, "not the size that was promised")
    try require(stored.map { $0 == (white.width, white.height) } == true, "not the size that is stored")
    try require(decodeImage(image.png(), name: "x") == image, "not the picture that was written")
    try exerciseProcessors(image)
    return .decoded
}

/// Resizes, cuts and normalizes for both families.
private func exerciseProcessors(_ image: RGBImage) throws {
    var qwen = QwenImageProcessor()
    (qwen.minPixels, qwen.maxPixels) = (784, 3136)
    do { _ = try qwen(image, name: "x") } catch is ImageError {}
    var internVL = InternVLImageProcessor()
    (internVL.tileSize, internVL.maxTiles) = (14, 4)
    _ = internVL(image)
}
