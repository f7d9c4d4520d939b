// Whether an image file can be decoded, found without decoding it where its format allows that.
import CImage

/// Checks that `decodeImage` would accept the bytes.
///
/// The header is read, with the limits. The rest of a PNG is checked by its checksums, and that of a JPEG by
/// its end marker, because a damaged JPEG still gives an image; neither is decoded unless these checks fail.
/// Files of other formats are decoded.
///
/// - Parameters:
///   - bytes: The whole file.
///   - name: The image's name in error messages.
///   - limits: Limits on the size.
/// - Throws: `ImageError` if the bytes are not a usable image or exceed a limit.
public func checkImage(_ bytes: [UInt8], name: String, limits: ImageLimits = .init()) throws {
    _ = try imageSize(bytes, name: name, limits: limits)
    let isWhole =
        switch try ImageFormat(of: bytes, name: name) {
        case .jpeg: bytes.suffix(2) == [0xFF, 0xD9]
        case .png: r1_png_is_whole(bytes, bytes.count) != 0
        case .webp, .gif, .bmp, .tiff, .avif, .heic: false
        }
    if !isWhole { _ = try decodeImage(bytes, name: name, limits: limits) }
}
