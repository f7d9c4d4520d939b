// What a vision tower reads in place of one image or video, whatever the family, and the tokens that it replaces.
public import ImageInput
public import TensorMath

/// One image or one video, preprocessed.
public enum VisionInput: Sendable {
    /// An image in patches: Qwen2.5-VL.
    case patches(ImagePatches)
    /// A video in patches with the seconds between two of its steps: Qwen2.5-VL.
    case video(ImagePatches, secondsPerStep: Double)
    /// An image in tiles: InternVL.
    case tiles(ImageTiles)
    /// The frames of a video as one tile each: InternVL.
    case frames(ImageTiles)

    /// Whether it stands where a message has a video.
    public var isVideo: Bool {
        switch self {
        case .patches, .tiles: false
        case .video, .frames: true
        }
    }

    /// Size of the upright original in pixels: what boxes in data refer to.
    public var originalSize: (width: Int, height: Int) {
        switch self {
        case .patches(let image), .video(let image, _): (image.originalWidth, image.originalHeight)
        case .tiles(let tiles), .frames(let tiles): (tiles.originalWidth, tiles.originalHeight)
        }
    }
}

extension VisionInput {
    /// Size of the plane in which the model writes boxes on it: the resized picture (Qwen2.5-VL), or thousandths of both
    /// sides (InternVL).
    public var answerBoxSize: (width: Double, height: Double) {
        switch self {
        case .patches(let image), .video(let image, _):
            (Double(image.resizedWidth), Double(image.resizedHeight))
        case .tiles, .frames: (1000, 1000)
        }
    }

    /// What the tower gets of it, in words for people.
    public var seenAs: String {
        switch self {
        case .patches(let image): "\(image.resizedWidth) x \(image.resizedHeight)"
        case .video(let video, _): "\(video.gridT) steps of \(video.resizedWidth) x \(video.resizedHeight)"
        case .tiles(let tiles), .frames(let tiles):
            "\(tiles.tileCount) tiles of \(tiles.tileSize) x \(tiles.tileSize)"
        }
    }
}

/// Images and videos to rows that take the places of their tokens.
public protocol VisionTower: AnyObject {
    /// Whether backward computes a block's inner values again instead of keeping them.
    var checkpointsGradients: Bool { get set }

    /// Features of all inputs, one row per token, in the order of the inputs.
    ///
    /// - Parameter inputs: Of the kind this tower reads.
    /// - Returns: [tokens, hidden size of the language model]
    func callAsFunction(_ inputs: [VisionInput]) -> Tensor
}

extension ModelConfiguration {
    /// The runs of equal tokens that an input's features replace: one, or one for each frame.
    ///
    /// - Throws: `ModelError.badPrompt` when this model does not read inputs of its kind.
    func tokenRuns(of input: VisionInput) throws -> [Int] {
        switch (vision, input) {
        case (.qwen25VL, .patches(let image)): [image.tokenCount]
        case (.qwen25VL, .video(let video, _)): [video.tokenCount]
        case (.internVL(let sizes), .tiles(let tiles)):
            [tiles.tileCount * sizes.tokenCount(tileSize: tiles.tileSize)]
        case (.internVL(let sizes), .frames(let tiles)):
            Array(repeating: sizes.tokenCount(tileSize: tiles.tileSize), count: tiles.tileCount)
        default:
            throw ModelError.badPrompt("an image or video of another family; this one is \(family.rawValue)")
        }
    }

    /// Appends the positions of a run of an input's tokens: by time, row and column under M-RoPE, else like text.
    func append(_ input: VisionInput, run: Int, to positions: inout Positions) {
        guard case .qwen25VL(let sizes) = vision else { return positions.appendText(run) }
        let merge = sizes.mergeSize
        switch input {
        case .patches(let image):
            for _ in 0..<image.gridT {
                positions.appendImage(rows: image.gridH / merge, columns: image.gridW / merge)
            }
        case .video(let video, let seconds):
            positions.appendVideo(
                steps: video.gridT, rows: video.gridH / merge, columns: video.gridW / merge,
                secondsPerStep: seconds, tokensPerSecond: sizes.tokensPerSecond, rule: videoPositions)
        case .tiles, .frames: fatalError("tiles in a prompt of patches")
        }
    }

    /// The token that stands for an input's pixels.
    func tokenID(of input: VisionInput) -> Int32? {
        if case .video = input { videoTokenID } else { imageTokenID }
    }
}
