// Means, intervals, thinning, scales.
import Foundation
import Testing

@testable import ReportPages
@testable import RunReports

@Suite struct StatisticsTests {
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
}
