// A video as the model receives it: a few frames and the time between them.

/// Frames of one video in order.
public struct VideoFrames: Sendable {
    /// Upright frames of one size; at least one.
    public var frames: [RGBImage]
    /// Chosen frames per second.
    var framesPerSecond: Double
    /// The video's name in error messages.
    public var name: String

    /// Frames with their rate.
    ///
    /// - Throws: `ImageError.malformed` if there are none, their sizes differ or the rate is not positive.
    init(frames: [RGBImage], framesPerSecond: Double, name: String) throws {
        func wrong(_ reason: String) -> ImageError { .malformed(name: name, format: "video", reason: reason) }
        guard let first = frames.first else { throw wrong("it has no frames") }
        if let index = frames.firstIndex(where: { $0.width != first.width || $0.height != first.height }) {
            let other = frames[index]
            throw wrong(
                "frame \(index + 1) has \(other.width) x \(other.height) pixels, the first \(first.width) x \(first.height)"
            )
        }
        guard framesPerSecond > 0, framesPerSecond.isFinite else {
            throw wrong("\(framesPerSecond) frames per second")
        }
        self.frames = frames
        self.framesPerSecond = framesPerSecond
        self.name = name
    }

    /// Seconds per time step of `frameCount` frames (`second_per_grid_ts` of Qwen2.5-VL, with 2).
    public func secondsPerStep(of frameCount: Int) -> Double { Double(frameCount) / framesPerSecond }
}

/// Limits on a video.
public struct VideoLimits: Sendable, Equatable {
    /// The limits of one frame, and of the file's size.
    public var image = ImageLimits()
    /// Most frames kept.
    public var maxFrames = 768
    /// Most bytes of all kept frames together.
    var maxDecodedBytes = 4 << 30
    /// Time limit of a child process in seconds.
    var timeLimit = 120.0

    /// The limits of the command-line tools.
    init() {}

    func check(frames: Int, width: Int, height: Int, name: String) throws {
        func check(_ what: String, _ found: Int, _ limit: Int) throws {
            guard found <= limit else {
                throw ImageError.tooLarge(name: name, what: what, found: found, limit: limit)
            }
        }
        try check("the width in pixels", width, image.maxSide)
        try check("the height in pixels", height, image.maxSide)
        try check("the number of pixels", width * height, image.maxPixels)
        try check("the number of frames", frames, maxFrames)
        try check("the bytes of all frames", 3 * width * height * frames, maxDecodedBytes)
    }
}
