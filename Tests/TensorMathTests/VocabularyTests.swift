// The vocabulary pass over several tiles against the definition, and the gradient of the entropy.
import Basics
import Foundation
import Testing

@testable import TensorMath

@Suite("Log-probabilities")
struct VocabularyTests {
    @Test(
        "tiles of rows and of the vocabulary give what one softmax gives",
        arguments: [DType.float32, .bfloat16])
    func tiles(_ dtype: DType) {
        // 1024 rows at once leave tiles of 4096 tokens: two by three tiles here.
        let (n, v, c) = (1031, 9000, 3)
        let hidden = normal([n, c], seed: 1).converted(to: dtype).converted(to: .float32)
        let head = normal([v, c], seed: 2).converted(to: dtype)
        let targets = (0..<n).map { Int32(($0 * 7919 + 1) % v) }
        let banned = Int32(0)
        let found = tokenLogProbabilities(
            hidden: hidden, head: head, targets: targets, temperature: 0.5, banned: [banned])
        let logits = linear(hidden, head).elements
        for row in stride(from: 0, to: n, by: 103) {
            let scaled = (0..<v).map {
                $0 == Int(banned) ? -Double.infinity : Double(logits[row * v + $0]) / 0.5
            }
            let top = scaled.max() ?? 0
            let logSum = top + log(scaled.reduce(0) { $0 + exp($1 - top) })
            let entropy = scaled.reduce(0.0) { $1.isFinite ? $0 - exp($1 - logSum) * ($1 - logSum) : $0 }
            #expect(abs(Double(found.values.elements[row]) - (scaled[Int(targets[row])] - logSum)) < 2e-5)
            #expect(abs(Double(found.entropies.elements[row]) - entropy) < 2e-5)
        }
    }

    @Test("gradients over several tiles are those of one") func tileGradients() {
        let (n, v, c) = (1030, 4500, 2)
        func run(_ rows: Range<Int>) -> [Tensor?] {
            let tape = Tape()
            let leaves = [
                tape.leaf(normal([n, c], seed: 3).rows(rows)), tape.leaf(normal([v, c], seed: 4)),
            ]
            let targets = rows.map { Int32($0 * 31 % v) }
            let tokens = tokenLogProbabilities(hidden: leaves[0], head: leaves[1], targets: targets)
            let weights = rows.map { Float($0 % 5) - 1.5 }
            let loss =
                tokens.values.weightedSum(weights) + tokens.entropies.weightedSum(weights.map { 0.3 * $0 })
            return tape.gradients(of: loss, for: leaves)
        }
        // A third of the rows fits one tile; the head's gradient is the sum over the thirds.
        let whole = run(0..<n)
        var sum = Tensor(repeating: 0, shape: [v, c])
        for part in [0..<343, 343..<686, 686..<n] {
            let parts = run(part)
            guard let dHead = parts[1], let dHidden = parts[0], let whole = whole[0] else {
                Issue.record("a gradient is missing")
                return
            }
            sum = sum + dHead
            #expect(largestDifference(whole.rows(part), dHidden) < 1e-5)
        }
        #expect(whole[1].map { largestDifference($0, sum) < 1e-3 } == true)
    }

    @Test("the entropy's gradient agrees with finite differences") func entropyGradient() {
        expectGradient(
            of: {
                tokenLogProbabilities(
                    hidden: $0[0], head: $0[1], targets: [0, 5, 2], temperature: 0.7, banned: [3]
                ).entropies
            }, at: [normal([3, 4], seed: 5), normal([6, 4], seed: 6)], within: 3e-3)
    }

    @Test("a tile of banned tokens only adds nothing") func bannedTile() {
        let (n, v) = (1024, 8192)
        let (hidden, head) = (normal([n, 2], seed: 7), normal([v, 2], seed: 8))
        let found = tokenLogProbabilities(
            hidden: hidden, head: head, targets: [Int32](repeating: 5000, count: n), banned: Array(0..<4096))
        let rest = tokenLogProbabilities(
            hidden: hidden, head: head.rows(4096..<v), targets: [Int32](repeating: 5000 - 4096, count: n))
        #expect(largestDifference(found.values, rest.values) < 1e-5)
        #expect(largestDifference(found.entropies, rest.entropies) < 1e-5)
    }
}
