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
            var start = 0
            while let place = firstPlace(of: UInt8(ascii: "<"), in: bytes, from: start) {
                if starts(bytes, at: place, with: "<image>") {
                    images += 1
                } else if starts(bytes, at: place, with: "<video>") {
                    videos += 1
                } else if starts(bytes, at: place, with: "<img>") {
                    hasInlinePath = true
                }
                start = place + 1
            }
        }
    }
}
