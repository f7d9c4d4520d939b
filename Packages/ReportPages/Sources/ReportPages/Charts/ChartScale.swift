// From values to places in a picture.
internal import Foundation

/// A linear scale with round marks.
public struct ChartScale {
    /// The values at the ends.
    public let low, high: Double
    /// The places of the ends.
    public let start, end: Double
    /// The values of the marks.
    public let marks: [Double]
    /// The distance between two marks.
    public let distance: Double
    /// What the values are divided by for their texts, and its name; nil for nothing.
    let divisor: (size: Double, name: String)?

    /// A scale over values.
    ///
    /// - Parameters:
    ///   - values: What must be inside; it may be empty.
    ///   - isTight: Whether the scale ends at the values, and not at marks around them.
    ///   - start: The place of the low end.
    ///   - end: The place of the high end.
    ///   - count: About how many marks there are.
    ///   - isWhole: Whether marks are whole numbers.
    ///   - isBytes: Whether marks are round in KiB, MiB or GiB.
    public init(
        _ values: [Double], isTight: Bool, from start: Double, to end: Double, count: Double,
        isWhole: Bool = false,
        isBytes: Bool = false
    ) {
        var (low, high) = (values.min() ?? 0, values.max() ?? 1)
        // Zero is shown when it is near.
        if !isTight, low > 0, low < 0.5 * high { low = 0 }
        if low == 0, high == 0, !isWhole { high = 1 }
        // Values that differ by rounding only are one value: marks between them would coincide.
        if high - low <= 1e-9 * max(abs(low), abs(high)) {
            let room = isWhole ? 1 : max(abs(low) * 0.1, 1e-12)
            (low, high) = (low - room, high + room)
        }
        divisor = isBytes ? Self.bytes(for: high) : nil
        let part = divisor?.size ?? 1
        let wanted = Self.round((high - low) / count / part) * part
        let distance = isWhole ? max(1, wanted) : wanted
        if !isTight {
            (low, high) = (
                (low / distance).rounded(.down) * distance, (high / distance).rounded(.up) * distance
            )
        }
        (self.low, self.high, self.start, self.end, self.distance) = (low, high, start, end, distance)
        let first = (low / distance - 1e-9).rounded(.up)
        let last = (high / distance + 1e-9).rounded(.down)
        marks = first <= last ? stride(from: first, through: last, by: 1).map { $0 * distance } : []
    }

    /// The place of a value.
    public func place(_ value: Double) -> Double { start + (value - low) / (high - low) * (end - start) }

    /// The text at a mark.
    public func text(_ mark: Double, _ unit: ValueUnit) -> String {
        let value = abs(mark) < distance / 1000 ? 0 : mark
        switch unit {
        case .share:
            return decimal(100 * value, max(0, Self.digits(100 * distance))) + "%"
        case .bytes:
            let part = divisor?.size ?? 1
            return decimal(value / part, max(0, Self.digits(distance / part)))
        case .plain, .seconds:
            let size = max(abs(low), abs(high))
            if size >= 1e6 || size < 1e-3 { return value == 0 ? "0" : Self.scientific(value) }
            return decimal(value, max(0, Self.digits(distance)))
        }
    }

    /// The unit that a number of bytes is written in.
    private static func bytes(for value: Double) -> (size: Double, name: String) {
        let units = [(1.0, "bytes"), (0x1p10, "KiB"), (0x1p20, "MiB"), (0x1p30, "GiB"), (0x1p40, "TiB")]
        return units.last { $0.0 <= value } ?? (1, "bytes")
    }

    /// One, two or five times a power of ten, at least as large as a distance.
    private static func round(_ distance: Double) -> Double {
        let power = pow(10, log10(distance).rounded(.down))
        let factor = [1.0, 2, 5].first { $0 * power >= distance * (1 - 1e-9) } ?? 10
        return factor * power
    }

    /// The digits after the point that tell marks of this distance apart.
    private static func digits(_ distance: Double) -> Int { -Int((log10(distance) + 1e-9).rounded(.down)) }

    /// A number as `2e-5`.
    private static func scientific(_ value: Double) -> String {
        let parts = String(format: "%.2e", value).split(separator: "e")
        guard parts.count == 2, let power = Int(parts[1]) else { return brief(value) }
        let digits = parts[0].reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()
        return String(digits) + "e\(power)"
    }
}
