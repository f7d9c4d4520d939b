// Converts bytes to a vision tower's input: scale, subtract a mean, divide by a standard deviation.

/// How a byte of a channel is converted to a number.
public struct PixelNormalization: Sendable, Equatable {
    /// Mean of red, green and blue, subtracted after scaling to 0...1.
    public var mean: [Double]
    /// Standard deviation of red, green and blue, the divisor after the mean is subtracted.
    public var std: [Double]
    /// The factor applied to a byte before the mean is subtracted.
    public var rescaleFactor: Double

    /// A normalization.
    public init(mean: [Double], std: [Double], rescaleFactor: Double = 1.0 / 255) {
        (self.mean, self.std, self.rescaleFactor) = (mean, std, rescaleFactor)
    }

    /// Statistics of CLIP's images, which Qwen2.5-VL also uses.
    static let clip = PixelNormalization(
        mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711])

    /// Statistics of ImageNet's images, which InternVL uses.
    static let imageNet = PixelNormalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

    /// The normalized value of each byte, `[channel * 256 + byte]`.
    ///
    /// Pillow's processors scale in float64 and do the rest in float32, like NumPy; torchvision's multiply
    /// mean and deviation by 255 instead, all in float32.
    func table(_ arithmetic: PixelArithmetic) -> [Float] {
        (0..<3).flatMap { channel -> [Float] in
            let (mean, std) = (Float(mean[channel]), Float(std[channel]))
            let widening = Float(1 / rescaleFactor)
            return (0..<256).map { byte in
                switch arithmetic {
                case .pillow: (Float(Double(byte) * rescaleFactor) - mean) / std
                case .torchvision: (Float(byte) - mean * widening) / (std * widening)
                }
            }
        }
    }
}
