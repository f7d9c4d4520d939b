// A picture of a row, decoded only when it is asked for.
internal import Foundation
internal import ImageInput
internal import TrainingData

/// A picture of a row.
public enum BenchmarkPicture: Sendable, Equatable {
    /// A file.
    case file(String)
    /// The base64 text of an image file.
    case embedded(String)

    /// A cell of a table, or what the readers of rows give: base64, a `data:` URI or a path.
    ///
    /// - Parameters:
    ///   - text: Base64 when it has more than 64 characters and is no path.
    ///   - path: Makes the path of a file out of a shorter text.
    init(_ text: String, path: (String) -> String) {
        if text.hasPrefix("data:"), let comma = text.utf8.prefix(200).firstIndex(of: UInt8(ascii: ",")) {
            self = .embedded(String(text[text.utf8.index(after: comma)...]))
        } else if text.utf8.count > 64, pictureType(base64: text) != nil || Self.isBase64(text) {
            self = .embedded(text)
        } else {
            self = .file(path(text))
        }
    }

    /// Whether the start of a text has the signs of base64 alone, without a dot as in the name of a file.
    private static func isBase64(_ text: String) -> Bool {
        text.utf8.suffix(8).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"),
                UInt8(ascii: "="), 0x0A, 0x0D:
                true
            default: false
            }
        }
    }

    /// The bytes of the image file.
    ///
    /// - Parameter limits: `maxBytes` is checked before a file is read.
    /// - Returns: The bytes.
    /// - Throws: `ImageError` for a file that cannot be read and for text that is not base64.
    func bytes(limits: ImageLimits = .init()) throws -> [UInt8] {
        switch self {
        case .file(let path):
            return try loadImageBytes(path, relativeTo: ".", limits: limits)
        case .embedded(let text):
            // Base64 in lines has the first break within 77 characters; looking through megabytes takes longer than
            // decoding them.
            let ends = Array(text.utf8.prefix(100)) + text.utf8.suffix(4)
            let isPlain = !ends.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0x20 }
            let base64 = isPlain ? text : text.filter { !$0.isWhitespace }
            return try loadImageBytes("data:;base64,\(base64)", relativeTo: ".", limits: limits)
        }
    }

    /// The path of the file, or the picture as a `data:` URI.
    public var reference: String {
        switch self {
        case .file(let path): path
        case .embedded(let text):
            "data:\(pictureType(base64: text) ?? "application/octet-stream");base64,"
                + text.filter { !$0.isWhitespace }
        }
    }
}
