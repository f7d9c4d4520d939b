// Scales, numbers as texts, means with intervals.
import Foundation
import Testing

@testable import ReportPages

@Suite struct ChartTests {
    @Test("The mean of independent values has the normal interval")
    func normal() throws {
        let estimate = try #require(meanEstimate([1, 2, 3, 4]))
        let error = (5.0 / 3 / 4).squareRoot()
        #expect(estimate.value == 2.5)
        #expect(abs((estimate.high ?? 0) - (2.5 + 1.959964 * error)) < 1e-12)
        #expect(meanEstimate([]) == nil)
        #expect(meanEstimate([7]) == Estimate(7))
    }

    @Test("The bootstrap's interval is close to the normal one, and the same every time")
    func bootstrap() throws {
        var random = SeededRandom(seed: 3)
        let values = (0..<400).map { _ in Double(random.next(below: 1000)) / 1000 }
        let (found, normal) = (try #require(bootstrapEstimate(values)), try #require(meanEstimate(values)))
        #expect(found == bootstrapEstimate(values))
        #expect(abs((found.low ?? 0) - (normal.low ?? 1)) < 0.005)
        #expect(abs((found.high ?? 0) - (normal.high ?? 1)) < 0.005)
        #expect(bootstrapEstimate([]) == nil)
        #expect(bootstrapEstimate([1]) == Estimate(1))
    }

    @Test("A scale has round marks around its values")
    func scales() {
        let scale = ChartScale([0.31, 0.87], isTight: false, from: 100, to: 0, count: 4)
        #expect(scale.marks.map { scale.text($0, .plain) } == ["0.0", "0.5", "1.0"])
        #expect(scale.place(1) == 0)
        let rate = ChartScale([0, 1e-4], isTight: false, from: 0, to: 1, count: 4)
        #expect(rate.marks.map { rate.text($0, .plain) } == ["0", "5e-5", "1e-4"])
        let none = ChartScale([0, 0], isTight: false, from: 0, to: 1, count: 4)
        #expect(none.marks.map { none.text($0, .plain) } == ["0.0", "0.5", "1.0"])
        let memory = ChartScale([1.1e9, 3e9], isTight: false, from: 0, to: 1, count: 4, isBytes: true)
        #expect(memory.marks.map { memory.text($0, .bytes) } == ["0", "1", "2", "3"])
        #expect(memory.divisor?.name == "GiB")
        let steps = ChartScale([3, 3], isTight: true, from: 0, to: 1, count: 5, isWhole: true)
        #expect(steps.marks == [2, 3, 4])
        let share = ChartScale([0, 0.03], isTight: false, from: 0, to: 1, count: 4)
        #expect(share.marks.map { share.text($0, .share) } == ["0%", "1%", "2%", "3%"])
    }

    @Test("Values that differ by rounding only are drawn as one value, at a finite place")
    func nearlyEqual() {
        let low = 0.1 + 0.2
        let scale = ChartScale([0.3, low], isTight: false, from: 100, to: 0, count: 4)
        #expect(scale.place(low).isFinite)
        #expect(scale.place(0.3).isFinite)
        #expect(scale.marks.count > 1)
        let long = ChartScale([1.9, 1.8999999999999997], isTight: true, from: 0, to: 1, count: 4)
        #expect((0...1).contains(long.place(1.9)))
    }

    @Test("Numbers have one spelling")
    func numbers() {
        #expect(decimal(-0.0001) == "0.000")
        #expect(signed(0.25) == "+0.250")
        #expect(signed(-0.25) == "-0.250")
        #expect(signed(0) == "0.000")
        #expect(valueText(0.256, .share) == "25.6%")
        #expect(valueText(3 * 1024 * 1024, .bytes) == "3.0 MiB")
        #expect(timeText(Date(timeIntervalSince1970: 1_764_288_000)) == "2025-11-28 00:00 UTC")
    }
}
