// Column scaling, mixed rows and bicubic weights: pullbacks, and numbers of another implementation.
import TestKit
import Testing

@testable import TensorMath

@Suite("Scaled columns and resized tables")
struct ResamplingTests {
    @Test("pullbacks agree with finite differences", arguments: [(1, 4), (3, 8), (40, 5)])
    func pullbacks(_ n: Int, _ c: Int) {
        let x = normal([n, c], seed: 31)
        expectGradient(of: { $0[0].scalingColumns(by: $0[1]) }, at: [x, normal([c], seed: 32)])
        let weights = bicubicWeights(from: n, to: n + 2)
        expectGradient(of: { $0[0].mixingRows(weights) }, at: [x])
    }

    @Test(
        "bicubic weights are those of half-pixel resizing with a = -0.75 (ONNX Resize), growing and shrinking"
    )
    func bicubic() {
        let grown: [Float] = [
            1.086806, -0.086806, 0, 0, 0.5, 0.59375, -0.09375, 0, -0.086806, 0.943287, 0.16088, -0.017361,
            -0.017361, 0.16088, 0.943287, -0.086806, 0, -0.09375, 0.59375, 0.5, 0, 0, -0.086806, 1.086806,
        ]
        expectClose(bicubicWeights(from: 4, to: 6).elements, grown, absolute: 2e-6, "4 to 6", rowLength: 4)
        let shrunk: [Float] = [
            0.856482, 0.16088, -0.017361, 0, -0.09375, 0.59375, 0.59375, -0.09375, 0, -0.017361, 0.16088,
            0.856482,
        ]
        expectClose(bicubicWeights(from: 4, to: 3).elements, shrunk, absolute: 2e-6, "4 to 3", rowLength: 4)
    }
}
