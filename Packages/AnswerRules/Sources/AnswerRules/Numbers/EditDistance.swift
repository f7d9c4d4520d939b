// The least number of single-character edits between two texts.

/// The distance of Levenshtein between two texts of code points.
///
/// Bit-parallel (Myers 1999, in Hyyrö's form with blocks of 64 rows): n * ceil(m / 64) steps.
func editDistance(_ text: [UInt32], _ pattern: [UInt32]) -> Int {
    guard !pattern.isEmpty else { return text.count }
    let blockCount = (pattern.count + 63) / 64
    // For each character the rows that have it: ASCII in a table, others by their place among the pattern's characters.
    var others: [UInt32: Int] = [:]
    for point in pattern where point >= 0x80 && others[point] == nil { others[point] = 128 + others.count }
    var masks = [UInt64](repeating: 0, count: (128 + others.count) * blockCount)
    func index(_ point: UInt32) -> Int? { point < 0x80 ? Int(point) : others[point] }
    for (row, point) in pattern.enumerated() {
        if let index = index(point) { masks[index * blockCount + row / 64] |= 1 << UInt64(row % 64) }
    }
    // The vertical differences of one column: +1 and -1.
    var plus = [UInt64](repeating: .max, count: blockCount)
    var minus = [UInt64](repeating: 0, count: blockCount)
    let lastBit = UInt64(1) << UInt64((pattern.count - 1) % 64)
    var distance = pattern.count
    for point in text {
        let mask = index(point).map { $0 * blockCount }
        // The horizontal difference that enters the first block: the top row counts up.
        var carry = 1
        for block in 0..<blockCount {
            var equal = mask.map { masks[$0 + block] } ?? 0
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
