// The plane that a server's model writes boxes in, which a server does not tell.
internal import Benchmarks
internal import ImageInput

/// A declared plane of answered boxes.
public enum BoxPlane: String, Codable, Sendable, CaseIterable {
    /// Pixels of the picture as it was sent.
    case pixels
    /// 0 to 1.
    case unit
    /// 0 to 1000.
    case thousandths

    /// Width and height of the plane for a picture.
    ///
    /// - Throws: `ImageError` for a picture whose size cannot be read.
    func size(of picture: [UInt8], name: String) throws -> [Double] {
        switch self {
        case .unit: return [1, 1]
        case .thousandths: return [1000, 1000]
        case .pixels:
            let size = try imageSize(picture, name: name)
            return [Double(size.width), Double(size.height)]
        }
    }
}
