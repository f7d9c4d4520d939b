// The largest values of a row: what top-k and top-p of the sampler read.
import Foundation
import TestKit
import Testing

@testable import TensorMath

@Suite("The largest of a row")
struct LargestValuesTests {
    @Test("ranks, thresholds and nuclei are those of a sorted row", arguments: [1, 5, 64, 65, 3000])
    func sorted(_ n: Int) {
        var random = Seeded(UInt64(n))
        // Few distinct values, so that ties are common.
        let values = (0..<n).map { _ in Float(Int.random(in: 0...n / 2, using: &random)) / Float(n) }
        values.withUnsafeBufferPointer { check(LargestValues($0), values) }
    }

    private func check(_ largest: LargestValues, _ values: [Float]) {
        let n = values.count
        let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        #expect(largest.argmax == order[0])
        for k in Set([1, 2, n / 3, n]) where k >= 1 && k <= n {
            #expect(largest.value(rank: k) == values[order[k - 1]])
        }
        for threshold in [0, 0.2, 0.45, 2] as [Float] {
            let expected = values.indices.filter { values[$0] >= threshold }.map(Int32.init)
            #expect(largest.indices(atLeast: threshold) == expected)
        }
        for count in [0, 1, n / 2, n, n + 5] { #expect(largest.first(count) == Array(order.prefix(count))) }
        // The probabilities exp(2 x - 3), largest first.
        let weights = order.map { exp(2 * Double(values[$0]) - 3) }
        for share in [1e-9, 0.01, 0.3, 0.999] {
            let least = (1 - share) / Double(n)
            var (sum, kept) = (0.0, [Int]())
            for (index, weight) in zip(order, weights) where weight >= least && sum < share {
                kept.append(index)
                sum += weight
            }
            #expect(largest.nucleus(reaching: share, scale: 2, logSum: 3) == kept)
        }
    }

    @Test("minus infinity and NaN are passed over") func notFinite() {
        var values = [Float](repeating: -.infinity, count: 200)
        values[150] = -3
        values[151] = .nan
        values[10] = -5
        values.withUnsafeBufferPointer {
            let largest = LargestValues($0)
            #expect(largest.argmax == 150 && largest.value(rank: 2) == -5)
            #expect(largest.indices(atLeast: -10) == [10, 150])
        }
        #expect(LargestValues(UnsafeBufferPointer(start: nil, count: 0)).argmax == 0)
    }
}
