// Qwen2.5-VL: converts images and videos to patches, and patches to tokens.
public import Checkpoint
public import ImageInput
public import ModelFamilies
public import TensorMath

extension Qwen25VLVisionConfiguration: VisionArchitecture {
    /// The tower below `visual`.
    public func tower(_ scope: Scope) throws -> any VisionTower { try Qwen25VLTower(scope["visual"], self) }

    /// The processor from `preprocessor_config.json` and, for videos, `video_preprocessor_config.json`.
    public func processor(_ checkpoint: any CheckpointReader) throws -> any VisionProcessor {
        var processor = Qwen25VLProcessor(
            images: try QwenImageProcessor(
                preprocessorConfig: checkpoint.requiredSideFile("preprocessor_config.json"),
                file: "\(checkpoint.location): preprocessor_config.json"),
            tokensPerSecond: tokensPerSecond)
        if let videos = try checkpoint.sideFile("video_preprocessor_config.json") {
            processor.videos = try QwenImageProcessor(
                preprocessorConfig: videos, file: "\(checkpoint.location): video_preprocessor_config.json")
            processor.videos.arithmetic = .torchvision
        }
        return processor
    }
}

/// Cuts images and videos into patches.
struct Qwen25VLProcessor: VisionProcessor {
    /// How images are resized.
    var images: QwenImageProcessor
    /// How the frames of videos are resized; the pixel limits apply to one frame.
    var videos = QwenImageProcessor.videoDefaults
    /// Positions per second of video.
    var tokensPerSecond: Double
    /// A fixed number of frames per second.
    var frameSampling: FrameSampling { .qwenUtils() }

    /// A processor.
    init(images: QwenImageProcessor, tokensPerSecond: Double) {
        (self.images, self.tokensPerSecond) = (images, tokensPerSecond)
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
        let settings = try PreprocessorSettings(json, file: file)
        self.init()
        minPixels = settings.minPixels ?? minPixels
        maxPixels = settings.maxPixels ?? maxPixels
        patchSize = settings.patchSize ?? patchSize
        mergeSize = settings.mergeSize ?? mergeSize
        temporalPatchSize = settings.temporalPatchSize ?? temporalPatchSize
        normalization = normalization.with(settings)
        try PreprocessorSettings.check(
            least: minPixels, most: maxPixels, "min_pixels", "max_pixels", file: file)
    }

    fileprivate var limits: PixelLimits {
        get { PixelLimits(least: minPixels, most: maxPixels) }
        set { (minPixels, maxPixels) = (newValue.least, newValue.most) }
    }
}
