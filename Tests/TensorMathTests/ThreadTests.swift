// Every multi-threaded operation, forward and backward, with sizes that give each thread work, has the same
// bits for any number of threads (matrix products up to the last digits). `make sanitize` looks for races
// here.
import Basics
import Foundation
import Testing

@testable import TensorMath

/// An operation and its results; the name documents the list.
private struct ThreadedOperation {
    /// Whether the library may see other shapes with another number of threads.
    var isProduct = false
    let run: () throws -> [[Float]]

    /// The value and the gradients of `f`.
    init(_ name: String, isProduct: Bool = false, _ inputs: [Tensor], _ f: @escaping ([Tensor]) -> Tensor) {
        self.isProduct = isProduct
        run = {
            let tape = Tape()
            let leaves = inputs.map(tape.leaf)
            let y = f(leaves)
            let weights = (0..<y.count).map { Float($0 % 13) - 6 }
            return [y.elements]
                + tape.gradients(of: y.weightedSum(weights), for: leaves).map { $0?.elements ?? [] }
        }
    }

    init(_ name: String, _ run: @escaping () throws -> [[Float]]) { self.run = run }

    static func all() -> [ThreadedOperation] {
        let (n, c) = (1700, 40)
        let (x, y) = (filled([n, c], 1), filled([n, c], 2))
        let (w, b) = (filled([c], 3), filled([c], 4))
        let heads = AttentionHeads(queryCount: 4, keyCount: 2, size: 10)
        let layout = AttentionLayout(boundaries: [0, 90, 300], isCausal: true)
        let attended = [x.rows(0..<300), y.rows(0..<300).columns(0..<20), x.rows(300..<600).columns(0..<20)]
        let angles = RotaryAngles(filled([n * 5], 5).elements, rowCount: n)
        let order = (0..<n).map { $0 * 7 % n / 3 }
        let (square, head) = (filled([600, c], 6), filled([5000, c], 7))
        let targets = (0..<600).map { Int32($0 * 7) }
        return [
            .init("sums and products", [x, y]) { (($0[0] + $0[1]) * $0[0]).scaled(by: 1.5) },
            .init("SwiGLU", [x, y]) { swiGLU($0[0], $0[1]) }, .init("GELU", [x]) { gelu($0[0]) },
            .init("RMSNorm", [x, y, w]) {
                let (sum, normalized) = rmsNorm($0[0], adding: $0[1], $0[2], epsilon: 1e-5)
                return sum * normalized
            },
            .init("LayerNorm", [x, w, b]) { layerNorm($0[0], $0[1], $0[2], epsilon: 1e-5) },
            .init("rotary", [x]) { rotary($0[0], angles, headSize: 10) },
            .init("gathered rows", [x]) { $0[0].gatherRows(order) },
            .init("replaced rows", [x, y]) { $0[0].replacingRows(Array(0..<n), with: $0[1]) },
            .init("scaled columns", [x, w]) { $0[0].scalingColumns(by: $0[1]) },
            .init("attention in float32", attended) {
                attention($0[0], $0[1], $0[2], heads: heads, layout: layout)
            },
            .init("attention in bfloat16", attended) {
                attention($0[0], $0[1], $0[2], heads: heads, layout: layout, in: .bfloat16)
            },
            .init("products with few rows") {
                let w = head.converted(to: .bfloat16)
                return [linear(x.rows(0..<5), head), linear(x.rows(0..<5), w)].map(\.elements)
            },
            .init("products with weights in few bits") {
                try WeightCodes.allCases.flatMap { codes in
                    let quantized = try QuantizedMatrix(head, as: codes, computeType: .bfloat16)
                    return [quantized.product(x.rows(0..<5)).elements, quantized.product(x).elements]
                }
            },
            .init("conversions") {
                let bytes = x.bytes(as: .float16)
                let back = bytes.withUnsafeBytes { Tensor(widening: $0, dtype: .float16, shape: [n, c]) }
                return [x.converted(to: .bfloat16).converted(to: .float32).elements, back.elements]
            },
            .init("reductions") {
                var sums = [Float](repeating: 0, count: c)
                x.withElements { x in
                    if let x = x.baseAddress { addUpRows(x, rows: n, columns: c, into: &sums) }
                }
                return [sums, [Float(Gradients(names: ["x"], tensors: [head]).norm())]]
            },
            .init("AdamW") {
                struct Source: ParameterSource {
                    func tensor(named name: String, shape: [Int]) -> Tensor { filled(shape, 8) }
                }
                let store = ParameterStore()
                let layer = try Linear(Scope(Source(), store: store), from: c, to: n, hasBias: true)
                store.setComputeType(.bfloat16)
                AdamW(store).step(
                    Gradients(names: store.all.map(\.name), tensors: [x, nil]), learningRate: 0.1)
                return [layer.weight.value.elements, layer.weight.tensor.converted(to: .float32).elements]
            },
            .init(
                "linear in float32", isProduct: true,
                [x, square, filled([600], 9)]
            ) {
                linear($0[0], $0[1], $0[2])
            },
            .init("linear in bfloat16", isProduct: true, [x]) {
                linear($0[0], square.converted(to: .bfloat16))
            },
            .init("mixed rows", isProduct: true, [square]) { $0[0].mixingRows(filled([300, 600], 10)) },
            .init("log-probabilities", isProduct: true, [square, head]) {
                let tokens = tokenLogProbabilities(hidden: $0[0], head: $0[1], targets: targets)
                return tokens.values * tokens.entropies
            },
        ]
    }
}

/// Numbers in -1..<1 without a generator, which would be slow in debug builds.
private func filled(_ shape: [Int], _ seed: Int) -> Tensor {
    Tensor(shape: shape) { out in
        for i in 0..<out.count { out[i] = Float((i &+ seed &* 7919) &* 2_654_435_761 % 2003) / 1001.5 - 1 }
    }
}

@Suite("Threads")
struct ThreadTests {
    // The number of threads is global, so this test runs in a separate process. Its exit code is 10 plus the
    // index of the operation that failed.
    @Test("results do not depend on how many there are") func counts() async {
        await #expect(processExitsWith: .success) {
            Threads.set(1)
            let operations = ThreadedOperation.all()
            let expected = try operations.map { try $0.run() }
            for count in [2, 5] {
                Threads.set(count)
                for (place, operation) in operations.enumerated() {
                    let (found, expected) = (try operation.run(), expected[place])
                    let isSame =
                        operation.isProduct
                        ? zip(found.joined(), expected.joined()).allSatisfy {
                            abs($0 - $1) <= 1e-3 * max(1, abs($1))
                        } : found == expected
                    if !isSame || found.map(\.count) != expected.map(\.count) { exit(Int32(10 + place)) }
                }
            }
        }
    }
}
