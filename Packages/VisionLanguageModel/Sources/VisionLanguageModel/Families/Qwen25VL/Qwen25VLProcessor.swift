// Qwen2.5-VL: converts images and videos to patches, and patches to tokens.
public import Checkpoint
public import ImageInput
public import ModelFamilies
public import TensorMath

extension Qwen25VLVisionConfiguration: VisionArchitecture {
    /// The tower below `visual`.
    public func tower(_ scope: Scope) throws -> any VisionTower { try Qwen25VLTower(scope["visual"], self) }

    /// The processor from the checkpoint's settings for images and, where it has some, for videos.
    public func processor(_ checkpoint: any CheckpointReader) throws -> any VisionProcessor {
        let images = try processor(.images, over: QwenImageProcessor(), checkpoint)
        let videos = try processor(.videos, over: QwenImageProcessor.videoDefaults, checkpoint)
        return Qwen25VLProcessor(images: images, videos: videos, tokensPerSecond: tokensPerSecond)
    }

    /// A processor with the checkpoint's settings, whose patches have to be the tower's.
    private func processor(
        _ kind: ProcessorKind, over defaults: QwenImageProcessor, _ checkpoint: any CheckpointReader
    ) throws -> QwenImageProcessor {
        var processor = defaults
        (processor.patchSize, processor.mergeSize) = (patchSize, mergeSize)
        processor.temporalPatchSize = temporalPatchSize
        guard let found = try PreprocessorSettings.find(kind, in: checkpoint) else { return processor }
        processor = try processor.with(found.settings, file: found.file)
        for (key, value, theirs, tower) in [
            ("patch_size", processor.patchSize, "patch_size", patchSize),
            ("merge_size", processor.mergeSize, "spatial_merge_size", mergeSize),
            (
                "temporal_patch_size", processor.temporalPatchSize, "temporal_patch_size",
                temporalPatchSize
            ),
        ] where value != tower {
            throw ConfigurationError.contradiction(
                file: found.file, key: key, value: "\(value)", otherFile: "config.json",
                otherKey: "vision_config.\(theirs)", otherValue: "\(tower)")
        }
        return processor
    }
}

/// Cuts images and videos into patches.
struct Qwen25VLProcessor: VisionProcessor {
    /// How images are resized.
    var images: QwenImageProcessor
    /// How the frames of videos are resized; the pixel limits apply to one frame.
    var videos: QwenImageProcessor
    /// Positions per second of video.
    var tokensPerSecond: Double
    /// A fixed number of frames per second.
    var frameSampling: FrameSampling { .qwenUtils() }

    /// A processor.
    init(
        images: QwenImageProcessor, videos: QwenImageProcessor = .videoDefaults, tokensPerSecond: Double
    ) {
        (self.images, self.videos, self.tokensPerSecond) = (images, videos, tokensPerSecond)
    }

    /// The limits for images.
    var imageLimits: PixelLimits? {
        get { images.limits }
        set { images.limits = newValue ?? images.limits }
    }

    /// The limits for one frame of a video.
    var videoLimits: PixelLimits? {
        get { videos.limits }
        set { videos.limits = newValue ?? videos.limits }
    }

    /// Refuses images with one side more than 200 times the other.
    func checkSize(width: Int, height: Int, name: String) throws {
        _ = try images.resizedSize(width: width, height: height, name: name)
    }

    /// The patches of an image.
    func image(_ image: RGBImage, name: String) throws -> VisionInput {
        VisionInput(try images(image, name: name))
    }

    /// The patches of a video.
    func video(_ video: VideoFrames) throws -> VisionInput {
        let seconds = video.secondsPerStep(of: videos.temporalPatchSize)
        return VisionInput(
            try videos(video), pace: .init(secondsPerStep: seconds, tokensPerSecond: tokensPerSecond))
    }
}

extension VisionInput {
    /// The patches of an image, or of a video when `pace` is given.
    ///
    /// Boxes refer to the resized image.
    public init(_ image: ImagePatches, pace: TokenGrid.Pace? = nil) {
        let merge = image.mergeSize
        let rowCount = image.gridT * image.gridH * image.gridW
        let resized = "\(image.resizedWidth) x \(image.resizedHeight)"
        self.init(
            pixels: PixelRows(
                image.pixelValues, shape: [rowCount, image.pixelValues.count / max(1, rowCount)]),
            runs: [
                TokenRun(
                    grid: TokenGrid(
                        steps: image.gridT, rows: image.gridH / merge, columns: image.gridW / merge,
                        pace: pace))
            ],
            originalSize: (image.originalWidth, image.originalHeight),
            answerBoxSize: (Double(image.resizedWidth), Double(image.resizedHeight)), isVideo: pace != nil,
            contentHash: image.contentHash,
            seenAs: pace == nil ? resized : "\(image.gridT) steps of \(resized)")
    }
}

extension QwenImageProcessor {
    /// The processor from a `preprocessor_config.json`; throws a `ConfigurationError` that names the key.
    public init(preprocessorConfig json: [UInt8], file: String = "preprocessor_config.json") throws {
        self = try QwenImageProcessor().with(PreprocessorSettings(json, file: file), file: file)
    }

    /// The processor with the values given in `settings`, which errors say are of `file`; the others are unchanged.
    fileprivate func with(_ settings: PreprocessorSettings, file: String) throws -> QwenImageProcessor {
        var processor = self
        processor.minPixels = settings.minPixels ?? minPixels
        processor.maxPixels = settings.maxPixels ?? maxPixels
        processor.patchSize = settings.patchSize ?? patchSize
        processor.mergeSize = settings.mergeSize ?? mergeSize
        processor.temporalPatchSize = settings.temporalPatchSize ?? temporalPatchSize
        processor.normalization = normalization.with(settings)
        try PreprocessorSettings.check(
            least: processor.minPixels, most: processor.maxPixels, "min_pixels", "max_pixels", file: file)
        return processor
    }

    fileprivate var limits: PixelLimits {
        get { PixelLimits(least: minPixels, most: maxPixels) }
        set { (minPixels, maxPixels) = (newValue.least, newValue.most) }
    }
}
