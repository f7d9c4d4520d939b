// Lists of short texts, compared in any order.

/// Whether two plain texts are lists of the same items: "Red, Blue" and "Blue and Red".
///
/// False unless the gold has at least two items.
func haveSameItems(_ answer: [UInt8], _ gold: [UInt8]) -> Bool {
    guard gold.count <= 2000, answer.count <= 4000 else { return false }
    let golds = items(of: gold)
    guard golds.count > 1 else { return false }
    return items(of: answer).sorted { $0.lexicographicallyPrecedes($1) }
        == golds.sorted { $0.lexicographicallyPrecedes($1) }
}

/// The normalized items between commas, semicolons, line breaks, "and" and "&".
private func items(of bytes: [UInt8]) -> [[UInt8]] {
    var items: [[UInt8]] = []
    var current: [UInt8] = []
    func close() {
        let item = normalized(plain: current.filter { !"[](){}".utf8.contains($0) })
        if !item.isEmpty { items.append(item) }
        current = []
    }
    var position = 0
    while position < bytes.count {
        let byte = bytes[position]
        // A comma between digits groups them.
        let groups =
            byte == UInt8(ascii: ",") && position > 0 && bytes[position - 1].isDigit
            && position + 1 < bytes.count
            && bytes[position + 1].isDigit
        if ",;&\n".utf8.contains(byte) && !groups {
            close()
            position += 1
        } else if let length = conjunction(bytes, at: position) {
            close()
            position += length
        } else {
            current.append(byte)
            position += 1
        }
    }
    close()
    return items
}

/// The length of "and" between spaces, or of 和, 与, 及 at `position`.
private func conjunction(_ bytes: [UInt8], at position: Int) -> Int? {
    for word: StaticString in [" and ", " und ", " et ", " y ", "和", "与", "與", "及"]
    where bytes.has(word, at: position) {
        return word.utf8CodeUnitCount
    }
    return nil
}
