// RMSNorm and LayerNorm, alone and fused with a residual sum: finite differences, and values that are not
// finite.
import CKernels
import Testing

@testable import TensorMath

@Suite("Norms")
struct NormTests {
    @Test("LayerNorm", arguments: [(1, 4), (3, 8), (70, 5)]) func layer(_ n: Int, _ c: Int) {
        expectGradient(
            of: { layerNorm($0[0], $0[1], $0[2], epsilon: 1e-5) },
            at: [normal([n, c], seed: 1), normal([c], seed: 2), normal([c], seed: 3)], within: 5e-3,
            step: 3e-3)
    }

    @Test("norms of a residual sum, with both results used", arguments: [false, true])
    func residual(_ isLayerNorm: Bool) {
        let inputs = [normal([4, 6], seed: 4), normal([4, 6], seed: 5), normal([6], seed: 6)]
        expectGradient(
            of: {
                let (sum, y) =
                    isLayerNorm
                    ? layerNorm($0[0], adding: $0[1], $0[2], $0[3], epsilon: 1e-5)
                    : rmsNorm($0[0], adding: $0[1], $0[2], epsilon: 1e-6)
                return sum * y
            }, at: isLayerNorm ? inputs + [normal([6], seed: 7)] : inputs, within: 5e-3, step: 3e-3)
    }

    @Test("a fused residual gives the separate operations' numbers") func fusedIsSeparate() {
        let (x, r) = (normal([9, 33], seed: 9), normal([9, 33], seed: 10))
        let (w, b) = (normal([33], seed: 11), normal([33], seed: 12))
        let fused = rmsNorm(x, adding: r, w, epsilon: 1e-6)
        #expect(fused.sum.elements == (x + r).elements)
        #expect(fused.normalized.elements == rmsNorm(x + r, w, epsilon: 1e-6).elements)
        let layer = layerNorm(x, adding: r, w, b, epsilon: 1e-6)
        #expect(layer.normalized.elements == layerNorm(x + r, w, b, epsilon: 1e-6).elements)
    }

    @Test("NaN and infinity stay in their rows", arguments: KernelLevel.available) func notFinite(
        _ level: KernelLevel
    ) {
        let k = level.table
        let w = [Float](repeating: 1, count: 20)
        for bad in [Float.nan, .infinity] {
            var x = normal([60], seed: 14).elements
            x[25] = bad
            let all = [
                kernelOutput(60) { out in
                    var inverse: [Float] = [0, 0, 0]
                    k.rms_norm(3, 20, 1e-6, x, nil, w, nil, out, &inverse)
                },
                kernelOutput(60) { out in
                    var (mean, inverse): ([Float], [Float]) = ([0, 0, 0], [0, 0, 0])
                    k.layer_norm(3, 20, 1e-6, x, nil, w, w, nil, out, &mean, &inverse)
                },
            ]
            for y in all {
                #expect(y[25].isNaN && y[..<20].allSatisfy(\.isFinite) && y[40...].allSatisfy(\.isFinite))
            }
            #expect(kernelOutput(60) { k.swiglu(60, x, x, $0) }.filter { !$0.isFinite }.count == 1)
        }
    }
}
