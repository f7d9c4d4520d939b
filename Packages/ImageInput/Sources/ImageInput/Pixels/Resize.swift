// Bicubic resizing, bit for bit equal to Pillow's (before Pillow 13, which sometimes resizes columns first)
// or torchvision's.
import CImage

/// Which library's arithmetic is used for pixels; results differ by one gray level in places.
public enum PixelArithmetic: Sendable {
    /// Pillow and NumPy: the "slow" processors, and the default here for images.
    case pillow
    /// torchvision on bytes: the "fast" processors, and all of transformers' video processors.
    case torchvision
}

/// Resizes with a bicubic on bytes: Keys' cubic, widened when shrinking, rows before columns.
///
/// - Parameters:
///   - image: The image.
///   - width: New width in pixels, at least 1.
///   - height: New height in pixels, at least 1.
///   - arithmetic: Weights of 22 bits (Pillow's `BICUBIC`) or of 16 (torch's antialiased bicubic).
/// - Returns: The image in its new size.
func resizeBicubic(
    _ image: RGBImage, width: Int, height: Int, arithmetic: PixelArithmetic = .pillow
) -> RGBImage {
    guard width > 0, height > 0 else { fatalError("resizeBicubic: \(width) x \(height) has no pixels") }
    let count = 3 * width * height
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        let failed = r1_resize_bicubic(
            image.pixels, image.width, image.height, arithmetic == .torchvision ? 1 : 0, buffer.baseAddress,
            width, height)
        guard failed == 0 else { fatalError("resizeBicubic: out of memory for \(width) x \(height)") }
        initialized = count
    }
    return RGBImage(width: width, height: height, pixels: pixels)
}
