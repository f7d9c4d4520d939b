// Attention against its definition, and one layout against another.
import Basics
import Foundation
import Testing

@testable import TensorMath

@Suite("Attention")
struct AttentionTests {
    /// softmax(q k^T / sqrt(d)) v by the definition, float64.
    private func reference(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ heads: AttentionHeads, _ layout: AttentionLayout
    ) -> [Float] {
        let (h, d, groups) = (heads.queryCount, heads.size, heads.queryCount / heads.keyCount)
        let (qe, ke, ve) = (q.elements, k.elements, v.elements)
        var out = [Float](repeating: 0, count: q.count)
        for segment in layout.segments {
            for (index, row) in segment.queries.enumerated() {
                let visible =
                    segment.isCausal
                    ? segment.keyCount - segment.queries.count + index + 1 : segment.keyCount
                let own = segment.keys.flatMap { Array($0) }
                let keys = segment.prefix.flatMap { Array($0) } + own.prefix(visible)
                for head in 0..<h {
                    let keyHead = head / groups
                    let scores = keys.map { key in
                        (0..<d).reduce(0.0) {
                            $0 + Double(qe[(row * h + head) * d + $1])
                                * Double(ke[(key * heads.keyCount + keyHead) * d + $1])
                        } / Double(d).squareRoot()
                    }
                    let top = scores.max() ?? 0
                    let weights = scores.map { exp($0 - top) }
                    let sum = weights.reduce(0, +)
                    for i in 0..<d {
                        out[(row * h + head) * d + i] = Float(
                            zip(keys, weights).reduce(0.0) {
                                $0 + $1.1 / sum * Double(ve[($1.0 * heads.keyCount + keyHead) * d + i])
                            })
                    }
                }
            }
        }
        return out
    }

    @Test("follows its definition over several tiles", arguments: [1, 63, 64, 65, 150])
    func definition(_ n: Int) {
        let heads = AttentionHeads(queryCount: 6, keyCount: 2, size: 8)
        let (q, k, v) = (normal([n, 48], seed: 1), normal([n, 16], seed: 2), normal([n, 16], seed: 3))
        for isCausal in [true, false] {
            let layout = AttentionLayout(boundaries: [0, n / 3, n], isCausal: isCausal)
            let found = attention(q, k, v, heads: heads, layout: layout)
            let expected = Tensor(reference(q, k, v, heads, layout), shape: q.shape)
            #expect(largestDifference(found, expected) < 2e-6)
        }
    }

    @Test("a shared prompt gives what repeating the prompt gives") func sharedPrompt() {
        let heads = AttentionHeads(queryCount: 4, keyCount: 2, size: 8)
        let (p, a) = (70, 20)
        let (q, k, v) = (
            normal([p + 2 * a, 32], seed: 4), normal([p + 2 * a, 16], seed: 5),
            normal([p + 2 * a, 16], seed: 6)
        )
        let shared = attention(
            q, k, v, heads: heads,
            layout: AttentionLayout([
                .init(queries: 0..<p, keys: 0..<p, isCausal: true),
                .init(queries: p..<p + a, prefix: 0..<p, keys: p..<p + a, isCausal: true),
                .init(queries: p + a..<p + 2 * a, prefix: 0..<p, keys: p + a..<p + 2 * a, isCausal: true),
            ]))
        let rows = Array(0..<p) + Array(p + a..<p + 2 * a)
        let alone = attention(
            q.gatherRows(rows), k.gatherRows(rows), v.gatherRows(rows), heads: heads,
            layout: AttentionLayout(boundaries: [0, p + a], isCausal: true))
        #expect(largestDifference(shared.gatherRows(rows), alone) < 2e-6)
    }

    @Test(
        "keys in pages, in any order, give what contiguous keys give", arguments: [DType.float32, .bfloat16])
    func pages(_ dtype: DType) throws {
        let heads = AttentionHeads(queryCount: 4, keyCount: 2, size: 8)
        // Rows 0..<100 in order, and the same rows as pages of 16 in another order.
        let (q, k, v) = (
            normal([30, 32], seed: 30), normal([100, 16], seed: 31), normal([100, 16], seed: 32)
        )
        let places = [3, 0, 4, 1, 2].map { $0 * 16..<$0 * 16 + 16 }
        var order = [Int](repeating: 0, count: 110)
        for (page, rows) in places.enumerated() {
            for (i, row) in rows.enumerated() { order[row] = page * 16 + i }
        }
        for i in 0..<20 { order[90 + i] = 80 + i }
        let plain = AttentionLayout([.init(queries: 0..<20, prefix: 0..<80, keys: 80..<100, isCausal: true)])
        let paged = [
            AttentionLayout.Segment(queries: 0..<20, prefix: places, keys: [90..<110], isCausal: true),
            .init(queries: 0..<20, pages: places + [90..<110]),
            .init(queries: 0..<20, pages: places + [90..<91, 91..<99, 99..<110]),
        ]
        func run(_ layout: AttentionLayout, _ order: [Int]) -> [Tensor] {
            let tape = Tape()
            let leaves = [q.rows(0..<20), k, v].map(tape.leaf)
            let out = attention(
                leaves[0], leaves[1].gatherRows(order), leaves[2].gatherRows(order), heads: heads,
                layout: layout, in: dtype)
            let weights = normal(out.shape, seed: 33).elements
            return [out.detached]
                + tape.gradients(of: out.weightedSum(weights), for: leaves).compactMap { $0 }
        }
        let expected = run(plain, Array(0..<100))
        #expect(expected.count == 4)
        for layout in paged {
            for (a, b) in zip(run(AttentionLayout([layout]), order), expected) {
                #expect(largestDifference(a, b) < (dtype == .float32 ? 1e-5 : 0.05))
            }
        }
    }
}
