// The largest values of a row: what top-k and top-p of the sampler read.
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
        let largest = LargestValues(values)
        let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
        #expect(largest.argmax == order[0])
        for k in Set([1, 2, n / 3, n]) where k >= 1 && k <= n {
            #expect(largest.value(rank: k) == values[order[k - 1]])
        }
        for threshold in [0, 0.2, 0.45, 2] as [Float] {
            let expected = values.indices.filter { values[$0] >= threshold }.map(Int32.init)
            #expect(largest.indices(atLeast: threshold) == expected)
        }
        for total in [1e-9, 0.3, 2, 1e9] {
            var (sum, kept) = (0.0, [Int]())
            for index in order where values[index] >= 0.001 && sum < total {
                kept.append(index)
                sum += Double(values[index])
            }
            #expect(largest.nucleus(reaching: total, atLeast: 0.001) == kept)
        }
    }

    @Test("minus infinity and NaN are passed over") func notFinite() {
        var values = [Float](repeating: -.infinity, count: 200)
        values[150] = -3
        values[151] = .nan
        values[10] = -5
        let largest = LargestValues(values)
        #expect(largest.argmax == 150 && largest.value(rank: 2) == -5)
        #expect(largest.indices(atLeast: -10) == [10, 150])
        #expect(LargestValues([]).argmax == 0)
    }
}
