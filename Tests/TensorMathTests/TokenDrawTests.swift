// Tokens drawn from rows of logits: what each rule keeps, and that the numbers decide.
import Foundation
import TestKit
import Testing

@testable import TensorMath

@Suite("Drawing tokens")
struct TokenDrawTests {
    /// The shares of the ids that even steps of the random number reach.
    private func shares(_ logits: [Float], steps: Int = 2000, _ change: (inout TokenDraw) -> Void)
        -> [Int32: Double]
    {
        var draw = TokenDraw(row: 0, uniforms: (0..<steps).map { (Double($0) + 0.5) / Double(steps) })
        change(&draw)
        let drawn = Tensor(logits, shape: [1, logits.count]).drawingTokens([draw])[0].tokens
        return Dictionary(drawn.map { ($0.id, 1 / Double(steps)) }, uniquingKeysWith: +)
    }

    private let logits = [0.1, 0.4, 0.3, 0.2].map { Float(log($0)) }

    @Test("min-p keeps the tokens with a share of the likeliest one's probability, after the other cuts")
    func minP() {
        func set(_ change: (inout TokenDraw) -> Void) -> Set<Int32> { Set(shares(logits, change).keys) }
        #expect(set { $0.minP = 0.74 } == [1, 2] && set { $0.minP = 0.76 } == [1])
        #expect(set { $0.minP = 0.51 } == [1, 2] && set { $0.minP = 0.49 } == [1, 2, 3])
        #expect(set { ($0.minP, $0.topK) = (0.2, 2) } == [1, 2])
        #expect(set { ($0.minP, $0.topP) = (0.6, 0.85) } == [1, 2])
        // The temperature comes first: at 2 the shares are the roots.
        #expect(set { ($0.minP, $0.scale) = (0.49, 0.5) } == [0, 1, 2, 3])
    }

    @Test("Shares are the probabilities, in rows of more than a block too", arguments: [4, 5000])
    func probabilities(_ count: Int) {
        let row = logits + Array(repeating: -.infinity, count: count - 4)
        let moved = Array(row.dropFirst(4) + row.prefix(4))
        for (row, first) in [(row, 0), (moved, count - 4)] {
            let found = shares(row) { _ in }
            for (index, expected) in [0.1, 0.4, 0.3, 0.2].enumerated() {
                expectClose(found[Int32(first + index)] ?? 0, expected, absolute: 1e-3, "token \(index)")
            }
            #expect(found.count == 4)
        }
    }

    @Test("Edits add, penalize and reduce in turn; allowed and excluded tokens are the only ones drawn")
    func rules() {
        func greedy(_ change: (inout TokenDraw) -> Void) -> RatedToken {
            var draw = TokenDraw(row: 0, uniforms: [0])
            draw.isGreedy = true
            change(&draw)
            return Tensor([2, -1, 1.5, 0], shape: [1, 4]).drawingTokens([draw])[0].tokens[0]
        }
        #expect(greedy { _ in }.id == 0)
        #expect(greedy { $0.edits = [.init(id: 1, bias: 4)] }.id == 1)
        #expect(greedy { $0.edits = [.init(id: 0, penalty: 2)] }.id == 2)
        #expect(greedy { $0.edits = [.init(id: 0, reduction: 1), .init(id: 9, bias: 9)] }.id == 2)
        // (2 + 1) / 2 - 1 = 0.5 beside -1 * 2 = -2 and 1.5, 0.
        let all = greedy {
            $0.edits = [.init(id: 0, bias: 1, penalty: 2, reduction: 1), .init(id: 1, penalty: 2)]
        }
        #expect(all.id == 2)
        let sum = exp(0.5) + exp(-2) + exp(1.5) + 1
        expectClose(Double(all.logProbability), 1.5 - log(sum), absolute: 1e-6, "after the edits")
        #expect(greedy { $0.allowed = [0b1010] }.id == 3)
        #expect(greedy { ($0.allowed, $0.excluded) = ([0b1010], [3]) }.id == 1)
        let masked = greedy { ($0.allowed, $0.leavesOutExcluded) = ([0b1010], true) }
        expectClose(Double(masked.logProbability), -log(1 + exp(-1)), absolute: 1e-6, "of the allowed ones")
    }

    @Test("The likeliest tokens come in order, and rows do not influence each other")
    func alternatives() {
        var rows = (0..<7).map { row -> TokenDraw in
            var draw = TokenDraw(row: row, uniforms: [0.3, 0.9])
            draw.alternatives = row
            return draw
        }
        let logits = normal([7, 300], seed: 5)
        let together = logits.gatherRows(Array(0..<7)).drawingTokens(rows)
        for row in 0..<7 {
            let values = logits.rows(row..<row + 1).elements
            let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
            #expect(together[row].alternatives.map { Int($0.id) } == Array(order.prefix(row)))
            rows[row] = TokenDraw(row: 0, uniforms: [0.3, 0.9])
            let alone = logits.gatherRows([row]).drawingTokens([rows[row]])[0]
            #expect(alone.tokens == together[row].tokens)
        }
    }
}
