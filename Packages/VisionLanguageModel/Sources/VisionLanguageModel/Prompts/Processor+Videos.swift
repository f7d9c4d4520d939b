// Videos in conversations: reading and sampling of frames, and the order of videos and images.
internal import ImageInput
internal import ModelFamilies
public import Tokenizer

extension Processor {
    /// Changes which frames of a video the model sees; nil keeps the family's setting.
    ///
    /// Qwen2.5-VL takes `framesPerSecond` (2), at most `mostFrames` (768) in all, and plays the images of a
    /// folder at that rate; InternVL takes `mostFrames` (8), whatever the video's length.
    ///
    /// - Parameters:
    ///   - framesPerSecond: Above 0.
    ///   - mostFrames: At least 2.
    /// - Throws: `ModelError.badPrompt` when a number is out of range or this family does not use it.
    public mutating func sampleVideos(framesPerSecond: Double?, mostFrames: Int?) throws {
        guard framesPerSecond.map({ $0 > 0 && $0.isFinite }) ?? true, mostFrames ?? 2 >= 2 else {
            throw ModelError.badPrompt(
                "videos: expected a positive number of frames a second and at least 2 frames, "
                    + "found \(framesPerSecond ?? 2) and \(mostFrames ?? 2)")
        }
        switch videoReader.sampling {
        case .qwenUtils(let rate, let fewest, let most):
            let limit = mostFrames ?? most
            videoReader.sampling = .qwenUtils(
                framesPerSecond: framesPerSecond ?? rate, fewest: min(fewest, limit), most: limit)
            videoReader.folderRate = framesPerSecond ?? videoReader.folderRate
        case .segments(let count):
            guard framesPerSecond == nil else {
                throw ModelError.badPrompt(
                    "the family \(configuration.modelType) takes a number of frames from each video, not frames "
                        + "per second")
            }
            videoReader.sampling = .segments(mostFrames ?? count)
        case .all, .transformers: break
        }
    }

    /// Reads a video and converts it to the vision tower's input.
    ///
    /// - Parameters:
    ///   - path: A folder of images, an animated WebP or GIF, or any video that `ffmpeg` decodes.
    ///   - framesPerSecond: As in `sampleVideos`, for this video only; nil keeps the current setting.
    /// - Returns: Patches, or one tile for each frame.
    /// - Throws: `ImageError` that names the path, or `ModelError.badPrompt` when the model has no vision or
    ///   does not sample frames by the second.
    public func video(path: String, framesPerSecond: Double? = nil) throws -> VisionInput {
        var processor = self
        try processor.sampleVideos(framesPerSecond: framesPerSecond, mostFrames: nil)
        return try processor.video(processor.videoReader(path))
    }

    /// The images and videos of a conversation, in order.
    ///
    /// - Parameters:
    ///   - messages: Turns with images and videos in any order.
    ///   - image: Returns the image with a given number, counted from 0 over all turns.
    ///   - video: Returns the video with a given number.
    /// - Returns: One input for each image and video part.
    public func visuals(
        _ messages: [ChatMessage], image: (Int) throws -> VisionInput, video: (Int) throws -> VisionInput
    ) rethrows -> [VisionInput] {
        var (images, videos) = (0, 0)
        return try messages.flatMap(\.content).compactMap { part in
            switch part {
            case .text: return nil
            case .image:
                defer { images += 1 }
                return try image(images)
            case .video:
                defer { videos += 1 }
                return try video(videos)
            }
        }
    }
}
