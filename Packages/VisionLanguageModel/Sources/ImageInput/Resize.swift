// Bicubic resize, equal to Pillow's bit for bit (before Pillow 13, which sometimes resizes the columns first).
import CImage

/// Resizes with Pillow's `BICUBIC` on bytes: Keys' cubic, widened when shrinking, rows before columns.
///
/// - Parameters:
///   - image: The image.
///   - width: New width in pixels, at least 1.
///   - height: New height in pixels, at least 1.
/// - Returns: The image in its new size.
public func resizeBicubic(_ image: RGBImage, width: Int, height: Int) -> RGBImage {
    guard width > 0, height > 0 else { fatalError("resizeBicubic: \(width) x \(height) has no pixels") }
    let count = 3 * width * height
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        let failed = r1_resize_bicubic(
            image.pixels, image.width, image.height, buffer.baseAddress, width, height)
        guard failed == 0 else { fatalError("resizeBicubic: out of memory for \(width) x \(height)") }
        initialized = count
    }
    return RGBImage(width: width, height: height, pixels: pixels)
}
