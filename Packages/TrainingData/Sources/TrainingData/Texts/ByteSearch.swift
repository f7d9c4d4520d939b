// Searches in texts by their bytes, which is many times faster than by characters.

extension String {
    /// Whether the text has these ASCII bytes.
    func holds(_ part: StaticString) -> Bool {
        var text = self
        return text.withUTF8 { bytes in
            let count = part.utf8CodeUnitCount
            guard count > 0, bytes.count >= count else { return count == 0 }
            let first = part.utf8Start[0]
            var place = 0
            while place <= bytes.count - count {
                if bytes[place] == first {
                    var index = 1
                    while index < count, bytes[place + index] == part.utf8Start[index] { index += 1 }
                    if index == count { return true }
                }
                place += 1
            }
            return false
        }
    }
}
