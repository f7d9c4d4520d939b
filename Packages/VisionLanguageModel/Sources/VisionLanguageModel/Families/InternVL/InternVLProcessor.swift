// InternVL: converts images and videos to tiles, and tiles to tokens.
public import Checkpoint
public import ImageInput
public import ModelFamilies
public import TensorMath

extension InternVLVisionConfiguration: VisionArchitecture {
    /// The tower below `vision_tower`, and its connector.
    public func tower(_ scope: Scope) throws -> any VisionTower { try InternVLTower(scope, self) }

    /// The processor from the checkpoint's settings; OpenGVLab's form has them in `config.json`.
    public func processor(_ checkpoint: any CheckpointReader) throws -> any VisionProcessor {
        var images = InternVLImageProcessor()
        if let found = try PreprocessorSettings.find(.images, in: checkpoint) {
            images = try InternVLImageProcessor(found.settings, file: found.file)
        }
        if let tiling {
            images.tileSize = tiling.tileSize ?? tileSize
            images.usesThumbnail = tiling.usesThumbnail
            images.gridOrder = .original
            (images.minTiles, images.maxTiles) = (tiling.minTiles, tiling.maxTiles)
        }
        return InternVLProcessor(images: images, sizes: self)
    }
}

/// Cuts images into tiles and makes each frame of a video one tile.
struct InternVLProcessor: VisionProcessor {
    /// How images are cut.
    var images: InternVLImageProcessor
    /// The tower's sizes, which decide how many tokens a tile becomes.
    let sizes: InternVLVisionConfiguration
    /// A fixed number of frames, whatever the video's length.
    var frameSampling: FrameSampling { .segments(8) }

    /// A processor.
    init(images: InternVLImageProcessor, sizes: InternVLVisionConfiguration) {
        (self.images, self.sizes) = (images, sizes)
    }

    /// None: images are cut into tiles of one size.
    var imageLimits: PixelLimits? {
        get { nil }
        set {}
    }

    /// None: each frame is one tile.
    var videoLimits: PixelLimits? {
        get { nil }
        set {}
    }

    /// The most tiles of an image, at least the fewest that the checkpoint says; the thumbnail comes on top.
    var tileLimit: Int? {
        get { images.maxTiles }
        set { images.maxTiles = max(newValue ?? images.maxTiles, images.minTiles) }
    }

    /// The tiles of an image.
    func image(_ image: RGBImage, name: String) throws -> VisionInput {
        input(images(image), isVideo: false)
    }

    /// One tile for each frame of a video.
    func video(_ video: VideoFrames) throws -> VisionInput {
        input(images(frames: video.frames), isVideo: true)
    }

    /// The input from tiles; boxes are in thousandths of both sides.
    private func input(_ tiles: ImageTiles, isVideo: Bool) -> VisionInput {
        let count = sizes.tokenCount(tileSize: tiles.tileSize)
        return VisionInput(
            pixels: PixelRows(
                tiles.pixelValues, shape: [tiles.tileCount, 3, tiles.tileSize, tiles.tileSize]),
            runs: isVideo
                ? Array(repeating: TokenRun(count: count), count: tiles.tileCount)
                : [TokenRun(count: tiles.tileCount * count)],
            originalSize: (tiles.originalWidth, tiles.originalHeight), answerBoxSize: (1000, 1000),
            isVideo: isVideo, contentHash: tiles.contentHash,
            seenAs: "\(tiles.tileCount) tiles of \(tiles.tileSize) x \(tiles.tileSize)")
    }
}

extension InternVLImageProcessor {
    /// The processor from a `preprocessor_config.json` of either layout.
    ///
    /// `crop_to_patches` is ignored, because the reference's processor always cuts images. OpenGVLab's files
    /// have only the tile size; `InternVLTiling` has the rest. Throws `ConfigurationError` naming the key.
    public init(preprocessorConfig json: [UInt8], file: String = "preprocessor_config.json") throws {
        try self.init(PreprocessorSettings(json, file: file), file: file)
    }

    /// The processor with these settings, which errors say are of `file`.
    init(_ settings: PreprocessorSettings, file: String) throws {
        self.init()
        if settings.tileSize == nil, let edge = settings.minPixels ?? settings.maxPixels {
            throw ConfigurationError.badValue(
                file: file, key: "size", expected: "one number, or an equal height and width",
                found: "an edge of \(edge)")
        }
        tileSize = settings.tileSize ?? tileSize
        minTiles = settings.minTiles ?? minTiles
        maxTiles = settings.maxTiles ?? maxTiles
        normalization = normalization.with(settings)
        try PreprocessorSettings.check(
            least: minTiles, most: maxTiles, "min_patches", "max_patches", file: file)
    }
}
