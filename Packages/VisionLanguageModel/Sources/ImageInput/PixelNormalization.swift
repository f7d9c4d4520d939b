// From bytes to the numbers a vision tower reads: scale, subtract a mean, divide by a deviation.

/// How a byte of a channel becomes a number.
public struct PixelNormalization: Sendable, Equatable {
    /// Mean of red, green and blue, subtracted after scaling to 0...1.
    public var mean: [Double]
    /// Standard deviation of red, green and blue, divided by after the mean.
    public var std: [Double]
    /// What a byte is multiplied by before the mean is subtracted.
    public var rescaleFactor = 1.0 / 255

    /// Statistics of CLIP's pictures, which Qwen2.5-VL keeps.
    public static let clip = PixelNormalization(
        mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711])

    /// Statistics of ImageNet's pictures, which InternVL keeps.
    public static let imageNet = PixelNormalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

    /// What each byte becomes, `[channel * 256 + byte]`: scaled in float64, the rest in float32, like NumPy in the
    /// reference's Pillow processors.
    var table: [Float] {
        (0..<3).flatMap { channel in
            (0..<256).map { byte in
                (Float(Double(byte) * rescaleFactor) - Float(mean[channel])) / Float(std[channel])
            }
        }
    }
}
