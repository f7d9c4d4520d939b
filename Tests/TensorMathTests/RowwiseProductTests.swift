// Products whose rows do not depend on the rows beside them.
import Basics
import TestKit
import Testing

@testable import TensorMath

@Suite("Products row by row")
struct RowwiseProductTests {
    @Test(
        "A row has the same bits alone and among any number of others",
        arguments: [(1, 1, 1), (40, 33, 7), (130, 192, 50), (64, 1000, 301), (17, 0, 5), (300, 4096, 40)],
        [DType.float32, .bfloat16])
    func rows(_ shape: (rows: Int, size: Int, out: Int), _ dtype: DType) {
        let (rows, size, out) = shape
        let x = normal([rows, size], seed: 5), bias = normal([out], seed: 7)
        let weight = normal([out, size], seed: 6).converted(to: dtype)
        let together = withRowwiseProducts { linear(x, weight, bias) }
        for count in [1, 3, 16, 17, 48] where count <= rows {
            for first in [0, rows - count] {
                let part = withRowwiseProducts { linear(x.rows(first..<first + count), weight, bias) }
                #expect(
                    part.elements == together.rows(first..<first + count).elements,
                    "\(count) rows from \(first)")
            }
        }
        expectClose(
            together.elements, linear(x, weight, bias).elements, absolute: 5e-4, relative: 1e-4,
            "the library's")
    }

    @Test("Products outside are as before")
    func scope() {
        let x = normal([100, 64], seed: 8), weight = normal([30, 64], seed: 9)
        let before = linear(x, weight).elements
        _ = withRowwiseProducts { linear(x, weight) }
        #expect(linear(x, weight).elements == before && !productsAreRowwise)
    }

    @Test(
        "A causal query has the same bits wherever its sequence is cut",
        arguments: [DType.float32, .bfloat16], [8, 33, 64])
    func queries(_ dtype: DType, _ size: Int) {
        let heads = AttentionHeads(queryCount: 6, keyCount: 2, size: size), n = 700
        let q = normal([n, 6 * size], seed: 1), k = normal([n, 2 * size], seed: 2),
            v = normal([n, 2 * size], seed: 3)
        func run(_ segments: [AttentionLayout.Segment], _ queries: Tensor) -> Tensor {
            withRowwiseProducts {
                attention(queries, k, v, heads: heads, layout: AttentionLayout(segments), in: dtype)
            }
        }
        let whole = run([.init(queries: 0..<n, keys: 0..<n, isCausal: true)], q)
        let answer = run(
            [
                .init(queries: 0..<531, keys: 0..<531, isCausal: true),
                .init(queries: 531..<n, prefix: 0..<531, keys: 531..<n, isCausal: true),
            ], q)
        #expect(answer.elements == whole.elements)
        let pages = stride(from: 0, to: n, by: 16).map { $0..<min($0 + 16, n) }
        for count in [1, 2, 70] {
            let part = run([.init(queries: 0..<count, pages: pages)], q.rows(n - count..<n))
            #expect(part.elements == whole.rows(n - count..<n).elements, "\(count) queries over pages")
        }
        let library = attention(
            q, k, v, heads: heads,
            layout: AttentionLayout([.init(queries: 0..<n, keys: 0..<n, isCausal: true)]), in: dtype)
        #expect(largestDifference(whole, library) < (dtype == .float32 ? 1e-5 : 1e-2))
    }
}
