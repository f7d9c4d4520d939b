// The least number of single-character edits between two texts.

/// The distance of Levenshtein between two texts of code points.
///
/// Bit-parallel (Myers 1999, in Hyyrö's form with blocks of 64 rows): n * ceil(m / 64) steps.
func editDistance(_ text: [UInt32], _ pattern: [UInt32]) -> Int {
    guard !pattern.isEmpty else { return text.count }
    let blockCount = (pattern.count + 63) / 64
    var masks: [UInt32: [UInt64]] = [:]
    for (row, point) in pattern.enumerated() {
        masks[point, default: Array(repeating: 0, count: blockCount)][row / 64] |= 1 << UInt64(row % 64)
    }
    // The vertical differences of one column: +1 and -1.
    var plus = [UInt64](repeating: .max, count: blockCount)
    var minus = [UInt64](repeating: 0, count: blockCount)
    let lastBit = UInt64(1) << UInt64((pattern.count - 1) % 64)
    var distance = pattern.count
    for point in text {
        let mask = masks[point]
        // The horizontal difference that enters the first block: the top row counts up.
        var carry = 1
        for block in 0..<blockCount {
            var equal = mask?[block] ?? 0
            let (up, down) = (plus[block], minus[block])
            let vertical = equal | down
            if carry < 0 { equal |= 1 }
            let diagonal = (((equal & up) &+ up) ^ up) | equal
            var right = down | ~(diagonal | up)
            var left = up & diagonal
            let topBit = block == blockCount - 1 ? lastBit : 1 << 63
            let out = right & topBit != 0 ? 1 : left & topBit != 0 ? -1 : 0
            right <<= 1
            left <<= 1
            if carry > 0 { right |= 1 } else if carry < 0 { left |= 1 }
            plus[block] = left | ~(vertical | right)
            minus[block] = right & vertical
            carry = out
        }
        distance += carry
    }
    return distance
}
