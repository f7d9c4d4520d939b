// Counter-based random numbers: a draw is a function of (seed, request, sample, position).
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). There is no
// state: a draw depends neither on the rest of the batch nor on where a run was resumed. (The probabilities
// that it is compared with may differ in the last digit between batches of different composition.)

/// A keyed generator without state.
public struct Philox: Sendable {
    private let key: (UInt32, UInt32)

    /// A generator for one seed.
    public init(seed: UInt64) { key = (UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32)) }

    /// The four words of one counter.
    public func words(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> SIMD4<UInt32> {
        var counter = SIMD4(a, b, c, d)
        var (k0, k1) = key
        for _ in 0..<10 {
            let low = UInt64(counter[0]) * 0xD251_1F53
            let high = UInt64(counter[2]) * 0xCD9E_8D57
            counter = SIMD4(
                UInt32(high >> 32) ^ counter[1] ^ k0, UInt32(truncatingIfNeeded: high),
                UInt32(low >> 32) ^ counter[3] ^ k1, UInt32(truncatingIfNeeded: low))
            k0 = k0 &+ 0x9E37_79B9
            k1 = k1 &+ 0xBB67_AE85
        }
        return counter
    }

    /// A uniform number in [0, 1) with 53 random bits.
    ///
    /// - Parameters:
    ///   - request: Number of the request in the run.
    ///   - sample: Number of the answer in its group.
    ///   - position: Number of the token in its answer.
    /// - Returns: The same number for the same arguments.
    func uniform(request: UInt64, sample: Int, position: Int) -> Double {
        let words = words(
            UInt32(truncatingIfNeeded: position), UInt32(truncatingIfNeeded: sample),
            UInt32(truncatingIfNeeded: request), UInt32(request >> 32))
        let bits = UInt64(words[0]) << 21 ^ UInt64(words[1]) >> 11
        return Double(bits & (1 << 53 - 1)) * 0x1p-53
    }
}
