// All calls of a world with values that are a function of the rank; process 0 prints what each process got.
import Collectives

/// Random numbers by seed (Steele et al., SplitMix64, 2014).
private struct Numbers {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// From -1 to 1, of very different sizes, so that the order of a sum shows in its last bits.
    mutating func value() -> Double {
        let word = next()
        let size = Double(sign: .plus, exponent: -Int(word & 15), significand: 1)
        return size * (Double(word >> 11) / 0x1p52 - 1)
    }
}

/// A hash of bytes (Fowler, Noll and Vo, FNV-1a).
private struct Digest {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }
}

/// Makes every call, some with more bytes than a message has, and prints one line per process.
func printResults(_ world: any World) throws {
    var numbers = Numbers(seed: world.rank + 1)
    var digest = Digest()
    for count in [0, 1, 7, 10_007] {
        var values = (0..<count).map { _ in numbers.value() }
        try world.sum(&values)
        values.withUnsafeBytes { digest.add($0) }
    }
    for count in [1, 13, 100_003, 3_000_017] {
        var gradient = (0..<count).map { _ in Float(numbers.value()) }
        try gradient.withUnsafeMutableBufferPointer { try world.sum($0) }
        gradient.withUnsafeBytes { digest.add($0) }
    }
    digest.value ^= UInt64(try world.largest(world.rank * 7 % 5))
    var word = [UInt8](repeating: UInt8(world.rank), count: world.rank)
    try world.broadcast(&word, from: world.size - 1)
    word.withUnsafeBytes { digest.add($0) }
    try world.barrier()

    let line = "process \(world.rank) of \(world.size): \(String(digest.value, radix: 16))"
    let lines = try world.gather(Array(line.utf8))
    for line in lines { print(String(decoding: line, as: UTF8.self)) }
}
