// Dropout with random numbers that are a function of seed and place.
internal import Basics

extension Tensor {
    /// Each element is 0 with probability `rate`, else divided by `1 - rate`.
    ///
    /// - Parameters:
    ///   - rate: 0 or more and below 1.
    ///   - seed: Selects the elements, together with their places.
    /// - Returns: float32, in the same shape.
    func droppingOut(_ rate: Float, seed: UInt64) -> Tensor {
        require(rate >= 0 && rate < 1, "dropout of \(rate)")
        let limit = UInt64(Double(rate) * 0x1p64), kept = 1 / (1 - rate)
        let mask = Tensor(shape: shape) { out in
            guard let to = out.baseAddress else { return }
            overElements(out.count) { start, count in
                for index in start..<start + count {
                    to[index] = randomWord(seed, UInt64(index)) < limit ? 0 : kept
                }
            }
        }
        let result = detached.converted(to: .float32) * mask
        return result.recorded(from: [self]) { d, _ in [d * mask] }
    }
}

/// The number that selects the random numbers of a named weight or layer: FNV-1a of its name.
///
/// A name selects its own stream, so adding a layer changes no other weight.
public func randomStream(_ name: String) -> UInt64 {
    name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}

/// The word of a counter: the output function of SplitMix64 (Steele et al., 2014) over both words.
private func randomWord(_ seed: UInt64, _ counter: UInt64) -> UInt64 {
    var word = seed &+ (counter &+ 1) &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
}
