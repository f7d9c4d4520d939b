// The same family: what it computes.
import Checkpoint
import ImageInput
import ModelFamilies
import TensorMath
import VisionLanguageModel

extension MadeUpVision: VisionArchitecture {
    func tower(_ scope: Scope) throws -> any VisionTower { try MadeUpTower(scope["eye"], self) }

    func processor(_ checkpoint: any CheckpointReader) -> any VisionProcessor {
        MadeUpProcessor(gridSize: gridSize)
    }
}

/// The mean color of each cell.
struct MadeUpProcessor: VisionProcessor {
    let gridSize: Int
    var imageLimits: PixelLimits?
    var videoLimits: PixelLimits?
    let frameSampling = FrameSampling.segments(1)

    func image(_ image: RGBImage, name: String) throws -> VisionInput {
        let cells = (0..<gridSize * gridSize).flatMap { cell in
            let rows = band(cell / gridSize, of: image.height),
                columns = band(cell % gridSize, of: image.width)
            return (0..<3).map { channel in
                let bytes = rows.flatMap { y in
                    columns.map { image.pixels[3 * (y * image.width + $0) + channel] }
                }
                return bytes.reduce(0) { $0 + Float($1) } / Float(255 * max(1, bytes.count))
            }
        }
        return VisionInput(
            pixels: PixelRows(cells, shape: [gridSize * gridSize, 3]),
            runs: [TokenRun(count: gridSize * gridSize)], originalSize: (image.width, image.height),
            answerBoxSize: (1, 1), isVideo: false, contentHash: ContentHash(of: [image]),
            seenAs: "\(gridSize) x \(gridSize) cells")
    }

    func video(_ video: VideoFrames) throws -> VisionInput { try image(video.frames[0], name: video.name) }

    private func band(_ index: Int, of length: Int) -> Range<Int> {
        index * length / gridSize..<(index + 1) * length / gridSize
    }
}

/// One product.
final class MadeUpTower: VisionTower {
    var checkpointsGradients = false
    private let projection: Linear

    init(_ scope: Scope, _ sizes: MadeUpVision) throws {
        projection = try Linear(
            scope["projection"], from: sizes.hiddenSize, to: sizes.outputSize, hasBias: true)
    }

    func callAsFunction(_ inputs: [VisionInput]) -> Tensor {
        let values = inputs.flatMap(\.pixels.values)
        return projection(Tensor(values, shape: [values.count / 3, 3]))
    }
}
