// Tables of random weights, drawn again as PyTorch drew them, so that they need not be stored.
internal import Foundation

/// How PyTorch drew a table: `scale * randn` in bfloat16, multiplied by a power of two afterwards.
struct Drawing: Decodable {
    /// The tensor's name in the checkpoint.
    let name: String
    /// [rows, columns], together a multiple of 16.
    let shape: [Int]
    /// Seed of the CPU generator.
    let seed: UInt32
    /// 32-bit words that the generator had given before.
    let skipped: Int
    let scale, factor: Float
    /// The SHA-256 of the table's bytes.
    let sha256: String

    /// The bits of all entries in bfloat16, row-major.
    ///
    /// ATen's `normal_fill` takes 16 uniform numbers at a time, the first eight for radii and the others for angles (Box and
    /// Muller 1958), in float32. Its vectorised logarithm and cosine may differ from ours in the last bit.
    func bits() -> [UInt16] {
        let count = shape.reduce(1, *)
        var twister = MersenneTwister(seed: seed)
        twister.skip(skipped)
        var uniform = [Float](repeating: 0, count: 16)
        let fullTurn = Float(2 * Double.pi)
        return [UInt16](unsafeUninitializedCapacity: count) { bits, initialized in
            for start in stride(from: 0, to: count, by: 16) {
                for index in 0..<16 { uniform[index] = Float(twister.word() & 0xFF_FFFF) * 0x1p-24 }
                for index in 0..<8 {
                    let radius = (-2 * Float(log(Double(1 - uniform[index])))).squareRoot()
                    let angle = Double(fullTurn * uniform[index + 8])
                    bits[start + index] = rounded(scale * (radius * Float(cos(angle))))
                    bits[start + index + 8] = rounded(scale * (radius * Float(sin(angle))))
                }
            }
            initialized = count
        }
    }

    /// To the nearest bfloat16, ties to even, and then multiplied.
    private func rounded(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let kept = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000
        return UInt16((Float(bitPattern: kept) * factor).bitPattern >> 16)
    }
}

/// PyTorch's CPU generator: the 32-bit Mersenne Twister of Matsumoto and Nishimura (1998).
struct MersenneTwister {
    private static let count = 624
    private var state: [UInt32]
    private var next = count

    init(seed: UInt32) {
        state = [seed]
        for index in 1..<UInt32(Self.count) {
            let last = state[state.count - 1]
            state.append(1_812_433_253 &* (last ^ last >> 30) &+ index)
        }
    }

    /// The next word.
    mutating func word() -> UInt32 {
        if next == Self.count { twist() }
        var word = state[next]
        next += 1
        word ^= word >> 11
        word ^= word << 7 & 0x9D2C_5680
        word ^= word << 15 & 0xEFC6_0000
        return word ^ word >> 18
    }

    /// Passes over words.
    mutating func skip(_ count: Int) {
        var rest = count
        while rest >= Self.count - next {
            rest -= Self.count - next
            twist()
        }
        next += rest
    }

    private mutating func twist() {
        next = 0
        state.withUnsafeMutableBufferPointer { state in
            for index in 0..<Self.count {
                let following = index + 1 == Self.count ? 0 : index + 1
                let distant = index + 397 < Self.count ? index + 397 : index + 397 - Self.count
                let joined = state[index] & 0x8000_0000 | state[following] & 0x7FFF_FFFF
                state[index] = state[distant] ^ joined >> 1 ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
            }
        }
    }
}
