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

    /// Width and height of the plane for a picture of a size.
    func size(for picture: PictureSize) -> PictureSize {
        switch self {
        case .unit: PictureSize(width: 1, height: 1)
        case .thousandths: PictureSize(width: 1000, height: 1000)
        case .pixels: picture
        }
    }

    /// Width and height of the plane for a picture's file.
    ///
    /// - Throws: `ImageError` for a picture whose size cannot be read.
    public func size(of picture: [UInt8], name: String) throws -> [Double] {
        let found = try imageSize(picture, name: name)
        let plane = size(for: PictureSize(width: Double(found.width), height: Double(found.height)))
        return [plane.width, plane.height]
    }
}
