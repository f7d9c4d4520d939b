// Every recorded operation against finite differences.
import Basics
import Testing

@testable import TensorMath

@Suite("Pullbacks agree with finite differences")
struct PullbackTests {
    @Test("sums, products and scaling") func arithmetic() {
        expectGradient(of: { $0[0] + $0[1] }, at: [normal([3, 5], seed: 1), normal([3, 5], seed: 2)])
        expectGradient(of: { $0[0] * $0[1] }, at: [normal([3, 5], seed: 1), normal([3, 5], seed: 2)])
        expectGradient(of: { ($0[0] + $0[0]) * $0[0] }, at: [normal([4], seed: 3)])
        expectGradient(of: { $0[0].scaled(by: -2.5).reshaped([15]) }, at: [normal([3, 5], seed: 1)])
    }

    @Test("linear with and without bias", arguments: [(1, 1, 1), (5, 7, 3), (40, 16, 33)])
    func linearLayer(_ n: Int, _ from: Int, _ to: Int) {
        let (x, w) = (normal([n, from], seed: 4), normal([to, from], seed: 5))
        expectGradient(of: { linear($0[0], $0[1], $0[2]) }, at: [x, w, normal([to], seed: 6)], within: 4e-3)
        expectGradient(of: { linear($0[0], $0[1]) }, at: [x, w], within: 4e-3)
    }

    @Test("RMSNorm", arguments: [(1, 4), (3, 8), (70, 5)]) func norm(_ n: Int, _ c: Int) {
        expectGradient(
            of: { rmsNorm($0[0], $0[1], epsilon: 1e-6) },
            at: [normal([n, c], seed: 7), normal([c], seed: 8)],
            within: 4e-3, step: 3e-3)
    }

    @Test("SwiGLU and GELU") func activations() {
        expectGradient(
            of: { swiGLU($0[0], $0[1]) }, at: [normal([3, 7], seed: 9), normal([3, 7], seed: 10)])
        expectGradient(of: { gelu($0[0]) }, at: [normal([4, 9], seed: 11, scale: 2)])
    }

    @Test("gathering, replacing and cutting rows") func rows() {
        expectGradient(of: { $0[0].gatherRows([2, 0, 2, 1]) }, at: [normal([3, 4], seed: 12)])
        expectGradient(
            of: { $0[0].replacingRows([3, 1], with: $0[1]) },
            at: [normal([4, 3], seed: 13), normal([2, 3], seed: 14)])
        expectGradient(of: { $0[0].columns(1..<3) }, at: [normal([3, 4], seed: 15)])
    }

    @Test("rotary embedding") func rotaryEmbedding() {
        let angles = RotaryAngles(normal([3 * 2], seed: 16, scale: 3).elements, rowCount: 3)
        expectGradient(of: { rotary($0[0], angles, headSize: 4) }, at: [normal([3, 8], seed: 17)])
    }

    @Test("attention", arguments: AttentionCase.all) func attentionCase(_ c: AttentionCase) {
        let heads = AttentionHeads(queryCount: 4, keyCount: 2, size: 4)
        let inputs = [
            normal([c.queryRows, 16], seed: 18), normal([c.keyRows, 8], seed: 19),
            normal([c.keyRows, 8], seed: 20),
        ]
        expectGradient(
            of: { attention($0[0], $0[1], $0[2], heads: heads, layout: c.layout) }, at: inputs, within: 3e-3)
    }

    @Test("log-probabilities with temperature and banned tokens") func logProbabilities() {
        expectGradient(
            of: {
                tokenLogProbabilities(
                    hidden: $0[0], head: $0[1], targets: [0, 5, 2], temperature: 0.7, banned: [3, 4]
                ).values
            }, at: [normal([3, 4], seed: 21), normal([6, 4], seed: 22)], within: 3e-3)
    }

    @Test("scalar functions of known slopes, and blocks that are computed again") func composed() {
        expectGradient(
            of: { x in
                let elements = x[0].elements
                return x[0].scalarFunction(
                    value: elements.reduce(0) { $0 + $1 * $1 }, slopes: elements.map { 2 * $0 })
            }, at: [normal([3, 5], seed: 24)])
        expectGradient(
            of: { x in
                checkpointed(x[0]) { $0 + gelu(linear(rmsNorm($0, x[1], epsilon: 1e-5), x[2])) }
            }, at: [normal([4, 6], seed: 25), normal([6], seed: 26), normal([6, 6], seed: 27)], within: 5e-3,
            step: 3e-3)
    }

    @Test("a value used twice gets the sum of both gradients") func sharedLeaf() throws {
        let tape = Tape()
        let w = tape.leaf(normal([4, 4], seed: 23))
        let gathered = w.gatherRows([1, 1, 3])
        let gradient = tape.gradients(
            of: linear(gathered, w).weightedSum([Float](repeating: 1, count: 12)), for: [w])
        #expect(gradient[0] != nil)
        expectGradient(of: { linear($0[0].gatherRows([1, 1, 3]), $0[0]) }, at: [w.detached])
    }

    @Test("rows of a table that is also a head are added to its gradient in place, with the bits of a sum")
    func rowsOfHead() throws {
        let (table, indices) = (normal([300, 24], seed: 31), [7, 299, 7, 0, 7, 12, 0])
        let (x, weights) = (normal([5, 24], seed: 32), normal([7 * 24], seed: 33).elements)
        func gradient(rows: Bool, head: Bool) throws -> [Float] {
            let tape = Tape()
            let leaf = tape.leaf(table)
            let parts = [
                rows ? leaf.gatherRows(indices).weightedSum(weights) : nil,
                head ? linear(x, leaf).weightedSum(normal([5 * 300], seed: 34).elements) : nil,
            ].compactMap { $0 }
            let loss = parts.dropFirst().reduce(parts[0]) { $0 + $1 }
            return try #require(tape.gradients(of: loss, for: [leaf])[0]).elements
        }
        let (rows, head) = (try gradient(rows: true, head: false), try gradient(rows: false, head: true))
        #expect(try gradient(rows: true, head: true) == zip(head, rows).map { $0 + $1 })
    }

    @Test("gradients are added to given sums, those of unused leaves come first with their sum")
    func sums() throws {
        let values = [normal([40, 8], seed: 41), normal([3, 8], seed: 42), normal([2, 2], seed: 43)]
        let given = values.map { normal($0.shape, seed: UInt64($0.count)) }
        func gradients(adding sums: [Tensor?]) -> (order: [Int], found: [Tensor?]) {
            let tape = Tape()
            let leaves = values.map(tape.leaf)
            let tokens = tokenLogProbabilities(
                hidden: gelu(leaves[1]) + leaves[0].gatherRows([4, 4, 9]), head: leaves[0],
                targets: [1, 4, 39])
            var (sums, order, found) = (sums, [Int](), [Tensor?](repeating: nil, count: 3))
            tape.walkBack(from: tokens.values.weightedSum([1, -2, 3]), to: leaves, adding: &sums) {
                order.append($0)
                found[$0] = $1
            }
            return (order, found)
        }
        let alone = gradients(adding: [nil, nil, nil])
        let added = gradients(adding: given)
        #expect(alone.order.first == 2 && added.order == alone.order && alone.found[2] == nil)
        #expect(added.found[2]?.elements == given[2].elements)
        for place in 0..<2 {
            let gradient = try #require(alone.found[place]), sum = try #require(added.found[place])
            #expect(largestDifference(sum, .sum(gradient, given[place])) < 1e-5)
        }
    }

    @Test(
        "the gradient of a head is added to its sum without a second one of that size",
        arguments: [DType.float32, .bfloat16])
    func headInPlace(_ dtype: DType) {
        let rehearsal = Rehearsal()
        let (n, c) = (100_000, 64)
        rehearsal {
            let tape = Tape()
            let head = tape.leaf(Tensor(repeating: 1, shape: [n, c]).converted(to: dtype))
            let hidden = head.gatherRows([1, 5, 1])
            let loss = tokenLogProbabilities(hidden: hidden, head: head, targets: [3, 2, 1]).values
                .weightedSum([1, 1, 1])
            var sums: [Tensor?] = [Tensor(repeating: 0, shape: [n, c])]
            let before = rehearsal.liveBytes
            rehearsal.resetPeak()
            tape.walkBack(from: loss, to: [head], adding: &sums) { #expect($0 == 0 && $1 != nil) }
            // Tiles of logits and small gradients.
            #expect(rehearsal.peakBytes - before < MemoryStatistics.blockBytes(4 * n * c) / 4)
        }
    }

    @Test("rows are added to a gradient of the table's size without a second one of that size")
    func rowsInPlace() {
        let rehearsal = Rehearsal()
        let (n, c) = (100_000, 64)
        rehearsal {
            let tape = Tape()
            let table = tape.leaf(Tensor(repeating: 1, shape: [n, c]))
            let y = linear(table.gatherRows([1, 5, 1]), table)
            let loss = y.weightedSum([Float](repeating: 1, count: 3 * n))
            let before = rehearsal.liveBytes
            rehearsal.resetPeak()
            _ = tape.gradients(of: loss, for: [table])
            let size = MemoryStatistics.blockBytes(4 * n * c)
            #expect(rehearsal.peakBytes - before >= size && rehearsal.peakBytes - before < size * 3 / 2)
        }
    }

    @Test("a chain of 200,000 operations is walked and released") func longChain() throws {
        let tape = Tape()
        let x = tape.leaf(Tensor([1], shape: []))
        var y = x
        for _ in 0..<200_000 { y = y.scaled(by: 1) }
        #expect(try #require(tape.gradients(of: y, for: [x])[0]).scalar == 1)
    }
}

/// Layouts of attention worth a check.
struct AttentionCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let queryRows, keyRows: Int
    let layout: AttentionLayout

    static let all = [
        AttentionCase(
            testDescription: "bidirectional windows", queryRows: 9, keyRows: 9,
            layout: AttentionLayout(boundaries: [0, 4, 5, 9], isCausal: false)),
        AttentionCase(
            testDescription: "packed causal rows", queryRows: 8, keyRows: 8,
            layout: AttentionLayout(boundaries: [0, 3, 8], isCausal: true)),
        AttentionCase(
            testDescription: "a prompt shared by two answers", queryRows: 9, keyRows: 9,
            layout: AttentionLayout([
                .init(queries: 0..<3, keys: 0..<3, isCausal: true),
                .init(queries: 3..<6, prefix: 0..<3, keys: 3..<6, isCausal: true),
                .init(queries: 6..<9, prefix: 0..<3, keys: 6..<9, isCausal: true),
            ])),
        AttentionCase(
            testDescription: "single queries over a cache", queryRows: 2, keyRows: 9,
            layout: AttentionLayout([
                .init(queries: 0..<1, prefix: 0..<3, keys: 3..<5, isCausal: true),
                .init(queries: 1..<2, prefix: 0..<3, keys: 6..<9, isCausal: true),
            ])),
    ]
}
