// Means, intervals, thinning, scales.
import Foundation
import Testing

@testable import RunReports

@Suite struct StatisticsTests {
    @Test("The mean of independent values has the normal interval")
    func normal() throws {
        let estimate = try #require(meanEstimate([1, 2, 3, 4]))
        let error = (5.0 / 3 / 4).squareRoot()
        #expect(estimate.value == 2.5)
        #expect(abs((estimate.high ?? 0) - (2.5 + 1.959964 * error)) < 1e-12)
        #expect(meanEstimate([]) == nil)
        #expect(meanEstimate([7]) == Estimate(7))
    }

    @Test("A moving mean is the mean over its window, with the spread of the window")
    func moving() {
        let values = (0..<50).map { Double($0 % 5) }
        let window = MovingMean(for: 50, least: 5)
        #expect(window.width == 5)
        let estimates = window.estimates(values)
        let expected = meanEstimate(Array(values[18..<23]))
        #expect(abs(estimates[20].value - 2) < 1e-12)
        #expect(abs((estimates[20].low ?? 0) - (expected?.low ?? 1)) < 1e-12)
        #expect(estimates[0].value == 1)
        let spike = window.estimates([1e30] + values)
        #expect(spike[21] == estimates[20])
    }

    @Test("With deviations and counts the interval is that of the mean over all answers of the window")
    func counted() {
        let window = MovingMean(for: 1, least: 1)
        let estimate = window.estimates([0.5], deviations: [0.4], counts: [16])[0]
        #expect(estimate == Estimate(0.5, error: 0.1))
        let wide = MovingMean(for: 60, least: 1)
        #expect(wide.width == 3)
        let mixed = wide.estimates([0, 1, 1], deviations: [1, 1, 1], counts: [2, 1, 1])[1]
        #expect(mixed == Estimate(0.5, error: 0.5))
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

    @Test("Long curves become means of buckets, and keep their mean")
    func thinning() {
        let points = (0..<10_000).map { step -> CurvePoint in
            let low: Double? = step.isMultiple(of: 2) ? 0 : nil
            return CurvePoint(step: Double(step), value: Double(step % 7), low: low, high: nil)
        }
        let thin = thinned(points)
        #expect(thin.count == mostCurvePoints)
        #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.step < $1.step })
        #expect(abs(mean(thin.map(\.value)) - mean(points.map(\.value))) < 0.01)
        #expect(thin.allSatisfy { $0.low == 0 && $0.high == nil })
        #expect(thinned(Array(points.prefix(600))) == Array(points.prefix(600)))
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
