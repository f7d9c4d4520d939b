// Histories, their curves of blocks, bars, and numbers as texts.
import Testing

@testable import RunView

@Suite("Curves and numbers")
struct CurveTests {
    private func curve(_ values: [Double]) -> Curve {
        var curve = Curve(values[0])
        for value in values.dropFirst() { curve.add(value) }
        return curve
    }

    @Test("A short history is exact, a long one has means in bounded memory")
    func means() {
        #expect(curve([1]).means(10) == [1])
        #expect(curve([1, 2, 4]).means(10) == [1, 2, 4])
        #expect(curve([1, 3, 5, 7]).means(2) == [2, 6])
        #expect(curve([1, 2, 3]).means(0) == [])
        let long = curve((0..<100_000).map(Double.init))
        #expect(long.means(.max).count <= Curve.most)
        #expect((long.first, long.last) == (0, 99_999))
        let means = long.means(10).compactMap { $0 }
        #expect(means.count == 10 && means == means.sorted())
        let whole = long.means(1)[0] ?? 0
        #expect(abs(whole - 49_999.5) < 1e-6)
    }

    @Test("A value that is not finite is a gap, not a part of a mean")
    func gaps() {
        #expect(curve([1, .nan, 3]).means(3) == [1, nil, 3])
        #expect(curve([.infinity, 2]).means(1) == [2])
        #expect(curve([1, .nan]).last.isNaN)
    }

    @Test("A curve reaches from the lowest block to the highest")
    func sparklines() {
        #expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█")
        #expect(sparkline([1, nil, 0]) == "█ ▁")
        #expect(sparkline([2, 2]) == "▄▄")
        #expect(sparkline([]) == "")
        #expect(sparkline([nil, nil]) == "  ")
        #expect(sparkline([-1e308, 1e308]) == "▁█")
    }

    @Test("A bar is filled in eighths and keeps its length")
    func bars() {
        #expect(bar(0, columns: 4, rest: "░") == "░░░░")
        #expect(bar(0.5, columns: 4, rest: "░") == "██░░")
        #expect(bar(1.0 / 32, columns: 4, rest: "░") == "▏░░░")
        #expect(bar(31.0 / 32, columns: 4, rest: "░") == "███▉")
        for share in [2, 1, .infinity] {
            #expect(bar(share, columns: 3, rest: " ") == (share.isFinite ? "███" : "   "))
        }
        #expect(bar(.nan, columns: 3, rest: " ") == "   ")
        #expect(bar(-1, columns: 3, rest: " ") == "   ")
        #expect(bar(0.5, columns: -1, rest: " ") == "")
    }

    @Test("Numbers have about three digits")
    func numbers() {
        #expect(
            [0, 0.5274, 31.254, 412.04, 5120.3, 3.14e-5, 2.5e7, -0.25, .nan, .infinity].map(numberText) == [
                "0.000", "0.527", "31.25", "412.0", "5120", "3.1e-05", "2.5e+07", "-0.250", "nan", "inf",
            ])
        #expect([0.083, -0.083, 0].map(changeText) == ["+0.083", "-0.083", "+0.000"])
        #expect(
            [0, 65, 205.9, 3600, 7510, -1, .nan].map(timeText) == [
                "0:00", "1:05", "3:25", "1:00:00", "2:05:10", "0:00", "0:00",
            ])
        #expect([0.951, 99.9, 100.4].map(secondsText) == ["0.95 s", "99.90 s", "100 s"])
    }
}
