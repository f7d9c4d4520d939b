// Curves and bars of Unicode's block elements.

/// A curve with one character a value: the lowest value is ▁, the highest one █.
///
/// A missing value is a space; when all values are equal, they are in the middle.
func sparkline(_ values: [Double?]) -> String {
    let known = values.compactMap { $0 }
    guard let low = known.min(), let high = known.max() else {
        return String(repeating: " ", count: values.count)
    }
    return String(
        values.map { value in
            guard let value else { return " " }
            guard high > low else { return levels[3] }
            // Halves first: the difference of two finite values may not be finite.
            return levels[Int(((value / 2 - low / 2) / (high / 2 - low / 2) * 7).rounded())]
        })
}

/// A bar of so many columns, filled from the left in eighths of a column.
///
/// - Parameters:
///   - share: The filled part, 0 to 1; what is outside is cut off.
///   - columns: The whole length.
///   - rest: The text of each empty column.
/// - Returns: The characters.
func bar(_ share: Double, columns: Int, rest: Character) -> String {
    let columns = max(columns, 0)
    let eighths = Int((min(max(share.isFinite ? share : 0, 0), 1) * Double(8 * columns)).rounded())
    let filled = String(repeating: "█", count: eighths / 8)
    let part = eighths % 8 > 0 ? String(parts[eighths % 8 - 1]) : ""
    return filled + part + String(repeating: rest, count: columns - filled.count - part.count)
}

private let levels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
private let parts: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
