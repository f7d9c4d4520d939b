// Recomputed blocks give the same gradients as recorded blocks and keep one value each.
import Testing

@testable import TensorMath

@Suite("Activation checkpointing")
struct CheckpointedTests {
    /// A chain of blocks over shared weights: recorded in full or block by block.
    private func run(_ depth: Int, recompute: Bool) -> (loss: Float, gradients: [[Float]]) {
        let tape = Tape()
        let leaves = [normal([64, 32], seed: 1), normal([32, 32], seed: 2), normal([32], seed: 3)].map(
            tape.leaf)
        let block: (Tensor) -> Tensor = { x in
            x + gelu(linear(rmsNorm(x, leaves[2], epsilon: 1e-5), leaves[1]))
        }
        var x = leaves[0]
        for _ in 0..<depth { x = recompute ? checkpointed(x, block) : block(x) }
        let loss = x.weightedSum(normal([64 * 32], seed: 4).elements)
        let gradients = tape.gradients(of: loss, for: leaves).map { $0?.elements ?? [] }
        return (loss.scalar, gradients)
    }

    @Test("gives the same loss and gradients") func sameGradients() {
        let (plain, again) = (run(4, recompute: false), run(4, recompute: true))
        #expect(plain.loss == again.loss)
        for (a, b) in zip(plain.gradients, again.gradients) {
            #expect(!a.isEmpty && a.count == b.count)
            // Sums over uses of a shared weight are taken in another order.
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-4 * (1 + abs($0)) })
        }
    }

    @Test("a block in a block is computed again as part of it") func nested() {
        let tape = Tape()
        let x = tape.leaf(normal([3, 5], seed: 5))
        let y = checkpointed(x) { x in checkpointed(gelu(x)) { $0.scaled(by: 3) } + x }
        let found = tape.gradients(of: y.weightedSum([Float](repeating: 1, count: 15)), for: [x])
        let plainTape = Tape()
        let plain = plainTape.leaf(normal([3, 5], seed: 5))
        let expected = plainTape.gradients(
            of: (gelu(plain).scaled(by: 3) + plain).weightedSum([Float](repeating: 1, count: 15)),
            for: [plain])
        #expect(found[0]?.elements == expected[0]?.elements)
    }

    @Test("a constant input leaves the block as it is") func constantInput() {
        let tape = Tape()
        let w = tape.leaf(normal([5, 5], seed: 6))
        let y = checkpointed(normal([2, 5], seed: 7)) { linear($0, w) }
        #expect(tape.gradients(of: y.weightedSum([Float](repeating: 1, count: 10)), for: [w])[0] != nil)
    }

    @Test("a block that returns its input passes the gradient on") func unchanged() {
        let tape = Tape()
        let x = tape.leaf(normal([3, 5], seed: 9))
        let y = checkpointed(x) { $0 }.scaled(by: 2)
        let found = tape.gradients(of: y.weightedSum([Float](repeating: 1, count: 15)), for: [x])
        #expect(found[0]?.elements == [Float](repeating: 2, count: 15))
    }

    @Test("keeps one value per block only") func entries() {
        let tape = Tape()
        var x = tape.leaf(normal([8, 8], seed: 8))
        for _ in 0..<3 { x = checkpointed(x) { gelu(gelu(gelu($0))) } }
        #expect(tape.count == 4)
    }

    @Test("a gradient is handed out once, complete, and before the walk goes on", arguments: [false, true])
    func complete(_ recompute: Bool) {
        let tape = Tape()
        let values = (1...6).map { normal([4, 4], seed: UInt64($0)) }
        let leaves = values.map(tape.leaf)
        // Leaf 1 is used in the first block and in the last one, leaf 5 never; what uses leaf 4 does not reach the loss.
        var walked: [Int] = []
        func marked(_ x: Tensor, _ number: Int) -> Tensor {
            x.recorded(from: [x]) { d, _ in
                walked.append(number)
                return [d]
            }
        }
        func block(_ x: Tensor, _ number: Int, _ weight: Tensor) -> Tensor {
            checkpointed(marked(x, number), if: recompute) { x + gelu(linear($0, weight)) }
        }
        var x = block(leaves[0], 0, leaves[1])
        x = block(x, 1, leaves[2])
        x = block(x, 2, leaves[3])
        _ = gelu(leaves[4])
        let loss = block(x, 3, leaves[1]).weightedSum(normal([16], seed: 9).elements)
        var order: [Int] = [], found: [Int: [Float]] = [:], passed: [Int: [Int]] = [:]
        var sums = [Tensor?](repeating: nil, count: leaves.count)
        tape.walkBack(from: loss, to: leaves, adding: &sums) { place, gradient in
            order.append(place)
            found[place] = gradient?.elements
            passed[place] = walked
        }
        #expect(order == [5, 4, 3, 2, 1, 0])
        #expect(passed[3] == [3] && passed[2] == [3, 2] && passed[1] == [3, 2, 1])
        #expect(found.keys.sorted() == [0, 1, 2, 3])

        let plain = Tape()
        let known = values.map(plain.leaf)
        func expected(_ x: Tensor, _ weight: Tensor) -> Tensor { x + gelu(linear(x, weight)) }
        let whole = expected(
            expected(expected(expected(known[0], known[1]), known[2]), known[3]), known[1]
        ).weightedSum(normal([16], seed: 9).elements)
        for (place, gradient) in plain.gradients(of: whole, for: known).enumerated() {
            let (a, b) = (gradient?.elements ?? [], found[place] ?? [])
            #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * (1 + abs($0)) })
        }
    }
}
