// Counts the markers of a text in one pass over its bytes.

/// How many markers a text has.
struct MarkerCount {
    var images = 0
    var videos = 0
    /// Whether the text has `<img>`, which names a path.
    var hasInlinePath = false

    init(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = bytes[...]
            while let place = rest.firstIndex(of: UInt8(ascii: "<")) {
                let marker = UnsafeBufferPointer(rebasing: bytes[place...])
                if Self.starts(marker, "<image>") {
                    images += 1
                } else if Self.starts(marker, "<video>") {
                    videos += 1
                } else if Self.starts(marker, "<img>") {
                    hasInlinePath = true
                }
                rest = bytes[(place + 1)...]
            }
        }
    }

    private static func starts(_ bytes: UnsafeBufferPointer<UInt8>, _ marker: StaticString) -> Bool {
        let count = marker.utf8CodeUnitCount
        guard bytes.count >= count else { return false }
        for index in 0..<count where bytes[index] != marker.utf8Start[index] { return false }
        return true
    }
}
