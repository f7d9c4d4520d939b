// Decodes the bytes of a picture to an upright RGB image. The decoders are in CImage.
import CImage

/// Decodes a JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC file, detected by its first bytes; for an animation, the first
/// frame, and for several pages, the first page.
///
/// Pixels equal Pillow's `convert("RGB")`, after `exif_transpose` unless `applyOrientation` is false.
///
/// - Parameters:
///   - bytes: The whole file.
///   - name: The image's name in error messages.
///   - limits: Checked against the header before the image is allocated.
///   - alpha: How to handle transparency.
///   - applyOrientation: Rotates the image upright by the orientation in its EXIF data.
/// - Returns: The image.
/// - Throws: `ImageError` if the bytes are not a usable image or exceed a limit.
public func decodeImage(
    _ bytes: [UInt8], name: String, limits: ImageLimits = .init(), alpha: AlphaHandling = .dropped,
    applyOrientation: Bool = true
) throws -> RGBImage {
    let format = try ImageFormat(of: bytes, name: name)
    let size = try storedSize(bytes, format, name: name, limits: limits)
    let pixels = try decode(bytes, format, size: size, name: name, onWhite: alpha == .onWhite)
    let image = RGBImage(width: Int(size.width), height: Int(size.height), pixels: pixels)
    return applyOrientation ? image.turned(orientation: exifOrientation(bytes, format)) : image
}

/// The size of the image that `decodeImage` would return, read from the header alone.
///
/// - Parameters:
///   - bytes: The whole file.
///   - name: The image's name in error messages.
///   - limits: Limits on the size.
///   - applyOrientation: Returns the size after rotating the image upright.
/// - Returns: Width and height in pixels.
/// - Throws: `ImageError` if there is no usable header or a limit is exceeded.
public func imageSize(
    _ bytes: [UInt8], name: String, limits: ImageLimits = .init(), applyOrientation: Bool = true
) throws -> (width: Int, height: Int) {
    let format = try ImageFormat(of: bytes, name: name)
    let size = try storedSize(bytes, format, name: name, limits: limits)
    let swaps = applyOrientation && exifOrientation(bytes, format) >= 5
    return swaps ? (Int(size.height), Int(size.width)) : (Int(size.width), Int(size.height))
}

/// The size in the header, checked against the limits.
private func storedSize(
    _ bytes: [UInt8], _ format: ImageFormat, name: String, limits: ImageLimits
) throws -> r1_image_size {
    func check(_ what: String, _ found: Int, _ limit: Int) throws {
        guard found <= limit else {
            throw ImageError.tooLarge(name: name, what: what, found: found, limit: limit)
        }
    }
    try check("the file's size in bytes", bytes.count, limits.maxBytes)
    var size = r1_image_size()
    try reporting(format, name: name) { message in
        var orientation: Int32 = 1  // is read by exifOrientation
        return switch format {
        case .jpeg: r1_jpeg_size(bytes, bytes.count, &size, message)
        case .png: r1_png_size(bytes, bytes.count, &size, message)
        case .webp: r1_webp_size(bytes, bytes.count, &size, message)
        case .gif: r1_gif_size(bytes, bytes.count, &size, message)
        case .bmp: r1_bmp_size(bytes, bytes.count, &size, message)
        case .tiff: r1_tiff_size(bytes, bytes.count, &size, message)
        case .avif: r1_avif_size(bytes, bytes.count, &size, &orientation, message)
        case .heic: r1_heif_size(bytes, bytes.count, &size, message)
        }
    }
    guard size.width > 0, size.height > 0 else {
        throw ImageError.malformed(name: name, format: format.rawValue, reason: "a side has no pixels")
    }
    try check("the width in pixels", Int(size.width), limits.maxSide)
    try check("the height in pixels", Int(size.height), limits.maxSide)
    let (pixels, overflow) = Int(size.width).multipliedReportingOverflow(by: Int(size.height))
    try check("the number of pixels", overflow ? Int.max : pixels, limits.maxPixels)
    return size
}

private func decode(
    _ bytes: [UInt8], _ format: ImageFormat, size: r1_image_size, name: String, onWhite: Bool
) throws -> [UInt8] {
    let count = 3 * Int(size.width) * Int(size.height)
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        let rgb = buffer.baseAddress
        let white: Int32 = onWhite ? 1 : 0
        try reporting(format, name: name) { message in
            switch format {
            case .jpeg: r1_jpeg_decode(bytes, bytes.count, size, rgb, message)
            case .png: r1_png_decode(bytes, bytes.count, size, white, rgb, message)
            case .webp: r1_webp_decode(bytes, bytes.count, size, white, rgb, message)
            case .gif: r1_gif_decode(bytes, bytes.count, size, rgb, message)
            case .bmp: r1_bmp_decode(bytes, bytes.count, size, white, rgb, message)
            case .tiff: r1_tiff_decode(bytes, bytes.count, size, white, rgb, message)
            case .avif: r1_avif_decode(bytes, bytes.count, size, white, rgb, message)
            case .heic: r1_heif_decode(bytes, bytes.count, size, white, rgb, message)
            }
        }
        initialized = count
    }
}

/// Runs a function of CImage and throws its message if it fails.
func reporting(
    _ format: ImageFormat, name: String, _ body: (UnsafeMutablePointer<CChar>?) -> Int32
) throws {
    var message = [CChar](repeating: 0, count: Int(R1_IMAGE_MESSAGE))
    let result = message.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    guard result != 0 else { return }
    let text = String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    throw ImageError.malformed(name: name, format: format.rawValue, reason: text)
}

extension RGBImage {
    /// The image rotated upright from EXIF orientation 1 to 8.
    func turned(orientation: Int) -> RGBImage {
        guard orientation > 1 else { return self }
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, initialized in
            r1_orient(Int32(orientation), width, height, pixels, buffer.baseAddress)
            initialized = pixels.count
        }
        let swaps = orientation >= 5
        return RGBImage(width: swaps ? height : width, height: swaps ? width : height, pixels: turned)
    }
}
