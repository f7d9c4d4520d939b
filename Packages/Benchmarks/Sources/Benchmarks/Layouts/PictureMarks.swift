// The marks of pictures in MMMU's texts: <image 1> to <image 9>.

/// Marks of pictures in a text.
enum PictureMarks {
    /// A piece of a text.
    enum Piece: Equatable {
        case text(String)
        /// The number of a picture, from 1.
        case picture(Int)
    }

    /// The text cut at its marks.
    static func pieces(of text: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = text[...]
        while let match = rest.firstMatch(of: /<image ([0-9])>/), let number = Int(match.1) {
            pieces += [.text(String(rest[..<match.range.lowerBound])), .picture(number)]
            rest = rest[match.range.upperBound...]
        }
        return pieces + [.text(String(rest))]
    }

    /// The numbers of the pictures that a text names, in its order.
    static func numbers(in text: String) -> [Int] {
        text.contains("<image ")
            ? pieces(of: text).compactMap { if case .picture(let number) = $0 { number } else { nil } } : []
    }
}
