// Reads frames from a folder of images, an animated WebP or GIF, or any other video.
internal import Basics
import Foundation

/// Reads videos.
public struct VideoReader: Sendable {
    /// Which frames of a video are used; all images of a folder are used.
    public var sampling = FrameSampling.qwenUtils()
    /// Images per second of a folder, which does not store a rate.
    public var folderRate = 2.0
    /// Limits on size and time.
    public var limits = VideoLimits()
    /// How to handle transparency.
    public var alpha = AlphaHandling.dropped

    /// The folders to search for `ffmpeg` and `ffprobe`; by default those of PATH.
    var programFolders = (ProcessInfo.processInfo.environment["PATH"] ?? "")
        .split(separator: ":").map(String.init)

    /// A reader with the default settings.
    public init() {}

    /// Reads a video.
    ///
    /// - Parameter path: A folder, whose images are read in the order of their names; an animated WebP or GIF;
    ///   or any other video, which the program `ffmpeg` decodes.
    /// - Returns: Frames and their rate.
    /// - Throws: `ImageError` that names the path, the image in it or the missing program.
    public func callAsFunction(_ path: String) throws -> VideoFrames {
        do { try requireRegularFile(path, orFolder: true) } catch let error as FileError {
            throw ImageError.unreadableFile(
                path: path, reason: error.isMissing ? "no such video file or folder" : error.reason)
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
            return try folder(path)
        }
        let start =
            try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(
                upToCount: ImageFormat.headByteCount) ?? Data()
        guard let format = try? ImageFormat(of: [UInt8](start), name: path) else {
            return try film(path)
        }
        guard format == .webp || format == .gif else {
            throw ImageError.malformed(
                name: path, format: "video", reason: "it is a \(format.rawValue) picture")
        }
        return try animation(try readFile(path, limits: limits.image), name: path)
    }

    // MARK: - Images in a folder

    private func folder(_ path: String) throws -> VideoFrames {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
            .filter { !$0.hasPrefix(".") }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        guard names.count <= limits.maxFrames else {
            throw ImageError.tooLarge(
                name: path, what: "the number of frames", found: names.count, limit: limits.maxFrames)
        }
        var bytes = 0
        let frames = try names.map { name in
            let file = path + "/" + name
            let image = try decodeImage(
                readFile(file, limits: limits.image), name: file, limits: limits.image, alpha: alpha)
            bytes += image.pixels.count
            guard bytes <= limits.maxDecodedBytes else {
                throw ImageError.tooLarge(
                    name: path, what: "the bytes of all frames", found: bytes, limit: limits.maxDecodedBytes)
            }
            return image
        }
        return try VideoFrames(frames: frames, framesPerSecond: folderRate, name: path)
    }

    // MARK: - Animated pictures

    /// The frames of an animated WebP or GIF; a still one has one frame.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: Its name in error messages.
    /// - Returns: The sampled frames and their rate.
    /// - Throws: `ImageError` for other or damaged bytes, and if a limit is exceeded.
    public func animation(_ bytes: [UInt8], name: String) throws -> VideoFrames {
        let canvas = try imageSize(bytes, name: name, limits: limits.image, applyOrientation: false)
        return try Animation.with(bytes, name: name) { animation in
            guard animation.size == canvas else {
                throw ImageError.malformed(
                    name: name, format: "video", reason: "the header and the canvas have different sizes")
            }
            let total = animation.count
            let rate = animation.seconds > 0 ? Double(total) / animation.seconds : folderRate
            let indices = try sampling.indices(total: total, rate: rate, name: name)
            try limits.check(frames: indices.count, width: canvas.width, height: canvas.height, name: name)
            let kept = try draw(indices, animation, name: name)
            return try VideoFrames(
                frames: indices.compactMap { kept[$0] },
                framesPerSecond: Double(indices.count) / Double(total) * rate, name: name)
        }
    }

    /// Draws each frame over the previous ones, up to the last wanted frame.
    private func draw(_ indices: [Int], _ animation: Animation, name: String) throws -> [Int: RGBImage] {
        let deadline = ContinuousClock.now + .seconds(limits.timeLimit)
        let wanted = Set(indices)
        let (width, height) = animation.size
        var kept: [Int: RGBImage] = [:]
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        for index in 0...(indices.last ?? 0) {
            guard ContinuousClock.now < deadline else {
                throw ImageError.tookTooLong(path: name, seconds: limits.timeLimit)
            }
            try animation.next(into: &pixels, onWhite: alpha == .onWhite, name: "\(name), frame \(index + 1)")
            guard wanted.contains(index) else { continue }
            kept[index] = RGBImage(width: width, height: height, pixels: pixels)
        }
        return kept
    }

    // MARK: - Other videos

    private func film(_ path: String) throws -> VideoFrames {
        let ffmpeg = FFmpeg(folders: programFolders, limits: limits)
        let facts = try ffmpeg.facts(of: path)
        let indices = try sampling.indices(total: facts.frameCount, rate: facts.rate, name: path)
        try limits.check(frames: indices.count, width: facts.width, height: facts.height, name: path)
        let frames = try ffmpeg.frames(indices, of: path)
        return try VideoFrames(
            frames: frames, framesPerSecond: Double(indices.count) / Double(facts.frameCount) * facts.rate,
            name: path)
    }
}
