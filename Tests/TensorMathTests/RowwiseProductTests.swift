// Products whose rows do not depend on the rows beside them.
import Basics
import TestKit
import Testing

@testable import TensorMath

@Suite("Products row by row")
struct RowwiseProductTests {
    @Test(
        "A row has the same bits alone and among any number of others",
        arguments: [(1, 1, 1), (40, 33, 7), (130, 192, 50), (64, 1000, 301), (17, 0, 5), (300, 4096, 40)])
    func rows(_ rows: Int, _ size: Int, _ out: Int) {
        let x = normal([rows, size], seed: 5), weight = normal([out, size], seed: 6),
            bias = normal([out], seed: 7)
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

    @Test("bfloat16 weights and products outside are as before")
    func scope() {
        let x = normal([100, 64], seed: 8), weight = normal([30, 64], seed: 9)
        let narrow = weight.converted(to: .bfloat16)
        #expect(withRowwiseProducts { linear(x, narrow) }.elements == linear(x, narrow).elements)
        let before = linear(x, weight).elements
        _ = withRowwiseProducts { linear(x, weight) }
        #expect(linear(x, weight).elements == before && !productsAreRowwise)
    }
}
