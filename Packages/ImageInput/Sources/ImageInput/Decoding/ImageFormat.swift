// The file formats that can be decoded, told apart by their first bytes.

/// A file format.
enum ImageFormat: String {
    case jpeg = "JPEG"
    case png = "PNG"
    case webp = "WebP"
    case gif = "GIF"
    case bmp = "BMP"
    case tiff = "TIFF"
    case avif = "AVIF"
    case heic = "HEIC"

    /// The bytes that are enough to tell the format.
    static let headByteCount = 64

    private static let starts: [(format: ImageFormat, bytes: [UInt8])] = [
        (.jpeg, [0xFF, 0xD8, 0xFF]), (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        (.gif, Array("GIF87a".utf8)), (.gif, Array("GIF89a".utf8)), (.bmp, Array("BM".utf8)),
        (.tiff, Array("II*\0".utf8)), (.tiff, Array("MM\0*".utf8)),
    ]

    /// Detects the format; throws `ImageError.unknownFormat`.
    init(of bytes: [UInt8], name: String) throws {
        if let start = Self.starts.first(where: { bytes.starts(with: $0.bytes) }) {
            self = start.format
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8))
        {
            self = .webp
        } else if let format = Self.container(bytes) {
            self = format
        } else {
            throw ImageError.unknownFormat(name: name, firstBytes: Array(bytes.prefix(8)))
        }
    }

    /// The format of a file of ISO's container, whose first box names what reads it: videos have other names.
    private static func container(_ bytes: [UInt8]) -> ImageFormat? {
        guard bytes.dropFirst(4).starts(with: Array("ftyp".utf8)), bytes.count >= 12 else { return nil }
        let length = bytes[0..<4].reduce(0) { $0 << 8 | Int($1) }
        let end = min(bytes.count, length, headByteCount)
        func brand(_ at: Int) -> String { String(decoding: bytes[at..<at + 4], as: UTF8.self) }
        let others = stride(from: 16, through: end - 4, by: 4).map(brand)
        switch brand(8) {
        case "avif", "avis": return .avif
        case "heic", "heix", "heim", "heis", "hevc", "hevx": return .heic
        case "mif1", "msf1", "miaf":
            return others.contains { ["avif", "avis"].contains($0) } ? .avif : .heic
        default: return nil
        }
    }
}
