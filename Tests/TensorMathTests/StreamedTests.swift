// Large results, which kernels write with non-temporal stores, equal the same rows computed a few at a time.
import CKernels
import Testing

@testable import TensorMath

@Suite("Results written past the caches")
struct StreamedTests {
    /// Enough for the kernels to stream, and columns that leave a last strip cut short.
    private static let (rows, columns) = (3700, 592)

    /// A kernel over some rows: their count, and the pointers to their first elements in x, y and the result.
    struct Run: CustomTestStringConvertible {
        let testDescription: String
        let body:
            @Sendable (
                r1_kernel_table, _ rows: Int, _ x: UnsafeMutablePointer<Float>,
                _ y: UnsafeMutablePointer<Float>,
                _ out: UnsafeMutablePointer<Float>
            ) -> Void

        static let all = [
            Run(testDescription: "add") { k, rows, x, y, out in k.add(rows * columns, x, y, out) },
            Run(testDescription: "gelu") { k, rows, x, _, out in k.gelu(rows * columns, x, out) },
            Run(testDescription: "rms_norm") { k, rows, x, y, out in
                let inverse = Storage(count: rows)
                k.rms_norm(rows, columns, 1e-6, x, nil, y, nil, out, inverse.pointer)
            },
            Run(testDescription: "rms_norm_back") { k, rows, x, y, out in
                let inverse = Tensor(repeating: 0.5, shape: [rows])
                k.rms_norm_back(rows, columns, x, y, inverse.pointer, x, out, nil)
            },
            Run(testDescription: "layer_norm") { k, rows, x, y, out in
                let (mean, inverse) = (Storage(count: rows), Storage(count: rows))
                k.layer_norm(rows, columns, 1e-6, x, nil, y, y, nil, out, mean.pointer, inverse.pointer)
            },
            Run(testDescription: "layer_norm_back") { k, rows, x, y, out in
                let (mean, inverse) = (
                    Tensor(repeating: 0.1, shape: [rows]), Tensor(repeating: 0.5, shape: [rows])
                )
                k.layer_norm_back(rows, columns, x, y, mean.pointer, inverse.pointer, x, out, nil, nil)
            },
        ]
    }

    @Test(
        "are those of small pieces, bit for bit", arguments: KernelLevel.allCases.filter(\.isAvailable),
        Run.all)
    func bits(_ level: KernelLevel, _ run: Run) {
        let (rows, columns) = (Self.rows, Self.columns)
        let line = normal([7, columns], seed: 21)
        let x = line.gatherRows((0..<rows).map { $0 % 7 })
        // As weights `y` is one row, else as many as x.
        let y = x
        func result(piece: Int) -> Tensor {
            Tensor(shape: [rows, columns]) { out in
                guard let to = out.baseAddress else { return }
                for first in stride(from: 0, to: rows, by: piece) {
                    let at = first * columns
                    run.body(
                        level.table, min(piece, rows - first), x.pointer + at,
                        run.testDescription == "add" ? y.pointer + at : y.pointer, to + at)
                }
            }
        }
        let (whole, parts) = (result(piece: rows), result(piece: 100))
        let isEqual = whole.withElements { a in parts.withElements { b in a.elementsEqual(b) } }
        #expect(isEqual)
    }
}
