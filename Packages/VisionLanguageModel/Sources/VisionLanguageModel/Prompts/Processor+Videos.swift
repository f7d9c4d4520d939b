// Videos in conversations: files to frames, which frames, which positions, and their places among the pictures.
internal import ImageInput
internal import ModelFamilies
public import Tokenizer

extension Processor {
    /// Changes which frames of a film the model sees; nil keeps the family's way.
    ///
    /// Qwen2.5-VL takes so many frames a second (2), at most `mostFrames` (768), and so many pictures of a folder pass in a
    /// second; InternVL takes `mostFrames` (8) whatever the film's length.
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

    /// Reads a video and makes it what the vision tower reads.
    ///
    /// - Parameters:
    ///   - path: A folder of pictures, an animated WebP, or any film that `ffmpeg` decodes.
    ///   - framesPerSecond: As in `sampleVideos`, for this video alone; nil keeps what is set.
    /// - Returns: Patches, or one tile for each frame.
    /// - Throws: `ImageError` that names the path, or `ModelError.badPrompt` when the model does not see or does not count
    ///   frames by the second.
    public func video(path: String, framesPerSecond: Double? = nil) throws -> VisionInput {
        var processor = self
        try processor.sampleVideos(framesPerSecond: framesPerSecond, mostFrames: nil)
        return try processor.video(processor.videoReader(path))
    }

    /// The inputs of a conversation in the order in which it shows them.
    ///
    /// - Parameters:
    ///   - messages: Turns with images and videos in any order.
    ///   - image: Gives the image of a number, counted from 0 over all turns.
    ///   - video: Gives the video of a number.
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
