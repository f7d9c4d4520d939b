// From a folder of pictures, an animated WebP or any other film to frames.
import CImage
import Foundation

/// Reads videos.
public struct VideoReader: Sendable {
    /// Which frames of a film are taken; a folder's pictures are taken as they are.
    public var sampling = FrameSampling.qwenUtils()
    /// How many pictures of a folder pass in a second; nothing in the folder says it.
    public var folderRate = 2.0
    /// What is refused.
    public var limits = VideoLimits()
    /// What becomes of transparency.
    public var alpha = AlphaHandling.dropped

    /// Where `ffmpeg` and `ffprobe` are looked for; the folders of PATH at first.
    public var programFolders = (ProcessInfo.processInfo.environment["PATH"] ?? "")
        .split(separator: ":").map(String.init)

    /// A reader with these defaults.
    public init() {}

    /// Reads a video.
    ///
    /// - Parameter path: A folder, whose pictures are taken in the order of their names; an animated WebP; or any
    ///   film, which the program `ffmpeg` decodes.
    /// - Returns: Frames and their rate.
    /// - Throws: `ImageError` that names the path, the picture in it, or the program that is missing.
    public func callAsFunction(_ path: String) throws -> VideoFrames {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ImageError.unreadableFile(path: path, reason: "no such video file or folder")
        }
        if isFolder.boolValue { return try folder(path) }
        let start = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).read(upToCount: 12) ?? Data()
        guard let format = try? ImageFormat(of: [UInt8](start), name: path) else {
            return try film(path)
        }
        guard format == .webp else {
            throw ImageError.malformed(
                name: path, format: "video", reason: "it is a \(format.rawValue) picture")
        }
        return try animation(try readFile(path, limits: limits.image), name: path)
    }

    // MARK: - Pictures in a folder

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

    // MARK: - Animated WebP

    /// The frames of an animated WebP; a still one has one frame.
    func animation(_ bytes: [UInt8], name: String) throws -> VideoFrames {
        let times = try walk(bytes, name: name) { _, _ in }
        let total = times.count
        let seconds = Double(times.last ?? 0) / 1000
        let rate = seconds > 0 ? Double(total) / seconds : folderRate
        let indices = try sampling.indices(total: total, rate: rate, name: name)
        let size = try imageSize(bytes, name: name, limits: limits.image, applyOrientation: false)
        try limits.check(frames: indices.count, width: size.width, height: size.height, name: name)
        let wanted = Set(indices)
        var kept: [Int: RGBImage] = [:]
        _ = try walk(bytes, name: name) { index, image in
            if wanted.contains(index) { kept[index] = image() }
        }
        return try VideoFrames(
            frames: indices.compactMap { kept[$0] },
            framesPerSecond: Double(indices.count) / Double(total) * rate, name: name)
    }

    /// Draws the frames one after the other and returns when each ends, in milliseconds.
    private func walk(
        _ bytes: [UInt8], name: String, _ visit: (Int, () -> RGBImage) -> Void
    ) throws -> [Int] {
        let canvas = try imageSize(bytes, name: name, limits: limits.image, applyOrientation: false)
        var size = r1_image_size(), count: UInt32 = 0
        var opened: OpaquePointer?
        try reporting(.webp, name: name) { message in
            opened = r1_webp_open(bytes, bytes.count, &size, &count, message)
            return opened == nil ? -1 : 0
        }
        defer { r1_webp_close(opened) }
        guard (Int(size.width), Int(size.height)) == canvas else {
            throw ImageError.malformed(
                name: name, format: "WebP", reason: "the header and the canvas have different sizes")
        }
        var pixels = [UInt8](repeating: 0, count: 3 * canvas.width * canvas.height)
        return try (0..<Int(count)).map { index in
            var end: Int32 = 0
            try reporting(.webp, name: "\(name), frame \(index + 1)") { message in
                r1_webp_next(opened, alpha == .onWhite ? 1 : 0, &pixels, &end, message)
            }
            visit(index) { RGBImage(width: canvas.width, height: canvas.height, pixels: pixels) }
            return Int(end)
        }
    }

    // MARK: - Films

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
