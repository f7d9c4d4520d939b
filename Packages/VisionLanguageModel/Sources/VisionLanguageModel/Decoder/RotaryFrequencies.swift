// The rotary frequencies of the elements of a head.
internal import Foundation
internal import ModelFamilies

extension RotaryConfiguration {
    /// `theta^(-2i/size)` for `i < size / 2`, in float32 as the reference computes them.
    ///
    /// - Parameters:
    ///   - size: Elements per head.
    ///   - length: Tokens of the sequence so far; only `dynamic` uses it.
    /// - Returns: [size / 2]
    func frequencies(size: Int, length: Int32) -> [Float] {
        guard case .dynamic(let factor, let trained) = kind, length > trained else {
            return inverseFrequencies(theta: theta, size: size)
        }
        let growth = factor * Double(length) / Double(trained) - (factor - 1)
        let exponent = Double(size) / Double(size - 2)
        return inverseFrequencies(theta: theta * pow(growth, exponent), size: size)
    }
}

/// `theta^(-2i/size)` for `i < size / 2`, in float32.
func inverseFrequencies(theta: Double, size: Int) -> [Float] {
    (0..<size / 2).map { 1 / Float(pow(theta, Double(2 * $0) / Double(size))) }
}
