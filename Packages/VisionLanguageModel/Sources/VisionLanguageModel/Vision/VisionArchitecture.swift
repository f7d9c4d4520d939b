// What a vision family provides: a tower, and a processor that makes its inputs.
public import Checkpoint
public import ImageInput
public import ModelFamilies
public import TensorMath

/// Maps images and videos to the rows that replace their tokens.
public protocol VisionTower: AnyObject {
    /// Whether backward recomputes a block's activations instead of storing them.
    var checkpointsGradients: Bool { get set }

    /// Features of all inputs, one row per token, in the order of the inputs.
    ///
    /// - Parameter inputs: Made by the processor of the same family.
    /// - Returns: [tokens, hidden size of the language model]
    func callAsFunction(_ inputs: [VisionInput]) -> Tensor
}

/// How many pixels an image may have after resizing.
public struct PixelLimits: Sendable, Equatable {
    /// Fewest pixels.
    var least: Int
    /// Most pixels.
    var most: Int

    /// Limits.
    public init(least: Int, most: Int) { (self.least, self.most) = (least, most) }
}

/// Converts images and videos to the input of a family's tower.
public protocol VisionProcessor: Sendable {
    /// How many pixels an image may have after resizing; nil if the family does not resize by pixels.
    var imageLimits: PixelLimits? { get set }
    /// How many pixels a video frame may have after resizing; nil if the family does not resize by pixels.
    var videoLimits: PixelLimits? { get set }
    /// The most tiles of an image; nil if the family does not cut images into tiles.
    var tileLimit: Int? { get set }
    /// Which frames of a video the family uses.
    var frameSampling: FrameSampling { get }

    /// Checks that images of this size can be prepared; throws `ImageError` as `image(_:name:)` would.
    func checkSize(width: Int, height: Int, name: String) throws

    /// Prepares an upright image; errors refer to it by `name`. Throws `ImageError`.
    func image(_ image: RGBImage, name: String) throws -> VisionInput

    /// Prepares the frames of a video. Throws `ImageError`.
    func video(_ video: VideoFrames) throws -> VisionInput
}

extension VisionProcessor {
    /// None: most families do not cut images.
    public var tileLimit: Int? {
        get { nil }
        set {}
    }

    /// Nothing: most families take every size.
    public func checkSize(width: Int, height: Int, name: String) throws {}
}

/// A vision configuration that this package can compute with.
///
/// Each family adds this conformance to its configuration in its folder below `Families`.
public protocol VisionArchitecture: VisionConfiguration {
    /// Builds the tower over weights from the scope, which is the model's root.
    func tower(_ scope: Scope) throws -> any VisionTower

    /// The processor from a checkpoint's side files; throws an error that names the file.
    func processor(_ checkpoint: any CheckpointReader) throws -> any VisionProcessor
}

extension ModelConfiguration {
    /// The vision configuration as a `VisionArchitecture`; nil for a text model.
    func architecture() throws -> (any VisionArchitecture)? {
        guard let vision else { return nil }
        guard let architecture = vision as? any VisionArchitecture else {
            throw ModelError.badConfiguration(
                file: "config.json",
                problem: "the vision tower of family \(modelType) cannot be computed here")
        }
        return architecture
    }
}

extension CheckpointReader {
    /// The bytes of a side file; throws `ModelError.missingSideFile`.
    func requiredSideFile(_ name: String) throws -> [UInt8] {
        guard let bytes = try sideFile(name) else {
            throw ModelError.missingSideFile(checkpoint: location, file: name)
        }
        return bytes
    }
}
