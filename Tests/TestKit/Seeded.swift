// A small seeded generator, so that a failing random case can be repeated.

/// A generator that gives the same numbers for the same seed.
public struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    /// A generator for one seed.
    public init(_ seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 29)) &* 0xBF58_476D_1CE4_E5B9
    }

    /// A copy of `bytes` with some bytes changed, removed or doubled, or with its end cut off.
    public mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !result.isEmpty {
            let place = Int.random(in: result.indices, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: result[place] = UInt8.random(in: 0...255, using: &self)
            case 1: result.remove(at: place)
            case 2: result.insert(result[place], at: place)
            case 3: result[place] = Array("{}[]\",:\\0-eE<> ".utf8).randomElement(using: &self) ?? 0
            default: result.removeSubrange(place...)
            }
        }
        return result
    }
}
