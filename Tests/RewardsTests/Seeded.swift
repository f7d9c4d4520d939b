// A small generator with a seed, so that a failing random case can be had again.

struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 29)) &* 0xBF58_476D_1CE4_E5B9
    }

    /// Bytes that look like answers: fragments of what the extractors read, mixed with noise.
    mutating func hostileText() -> String {
        let fragments = [
            "<think>", "</think>", "<answer>", "</answer>", "\\boxed{", "}", "{", "[", "]", ",", "1", "2.5",
            "-", "e", "%",
            "$", "yes", "no", "nothing", "A", "(B)", "C.", " ", "\n", "\u{2212}", "\u{20AC}", "\u{301}",
            "{\"bbox_2d\":",
            "1,000", "answer is", "or", "999999999999999999999999", "1e999", "nan", "\u{A0}", "_", "\\text{",
        ]
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 0...30, using: &self) {
            if Int.random(in: 0..<8, using: &self) == 0 {
                bytes.append(UInt8.random(in: 0...255, using: &self))
            } else {
                bytes += Array((fragments.randomElement(using: &self) ?? "").utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
