// The numbers of the two kinds of FP8: https://arxiv.org/abs/2209.05433

/// A kind of 8-bit floating-point number.
enum FP8Format: Sendable {
    /// 4 bits of exponent, 3 of mantissa, no infinity: `float8_e4m3fn` of PyTorch.
    case e4m3
    /// 5 bits of exponent, 2 of mantissa: the upper half of a float16.
    case e5m2

    /// The format of a safetensors type; nil for another type.
    init?(_ type: String?) {
        switch type {
        case "F8_E4M3": self = .e4m3
        case "F8_E5M2": self = .e5m2
        default: return nil
        }
    }

    /// The numbers that the 256 bytes mean.
    var values: [Float] { self == .e4m3 ? Self.e4m3Values : Self.e5m2Values }

    private static let e4m3Values = numbers(mantissaBits: 3, bias: 7, hasInfinity: false)
    private static let e5m2Values = numbers(mantissaBits: 2, bias: 15, hasInfinity: true)

    private static func numbers(mantissaBits: Int, bias: Int, hasInfinity: Bool) -> [Float] {
        let (steps, exponents) = (1 << mantissaBits, 1 << (7 - mantissaBits))
        return (0..<256).map { byte in
            let (exponent, mantissa) = ((byte >> mantissaBits) % exponents, byte % steps)
            let sign: Float = byte < 128 ? 1 : -1
            if exponent == exponents - 1 {
                if hasInfinity { return mantissa == 0 ? sign * .infinity : .nan }
                if mantissa == steps - 1 { return .nan }
            }
            let share = Float(mantissa) / Float(steps)
            // An exponent of 0 means numbers without the leading one.
            let power = max(exponent, 1) - bias
            return sign * Float(sign: .plus, exponent: power, significand: 1)
                * (exponent == 0 ? share : 1 + share)
        }
    }
}
