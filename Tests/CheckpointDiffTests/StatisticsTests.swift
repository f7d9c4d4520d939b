// The numbers of a comparison, against a plain calculation in double precision.
import Basics
import Checkpoint
import Foundation
import ModelFamilies
import TestKit
import Testing

@testable import CheckpointDiff

struct StatisticsTests {
    @Test("Distances, fractions and NaN are counted per tensor")
    func values() throws {
        let a = (0..<3000).map { Float($0) }
        var b = a
        b[5] += 2
        b[2999] -= 1
        b[7] = .nan
        b[8] = .infinity
        let result = try #require(try compare([floats("w", a)], [floats("w", b)]).tensors.first?.statistics)
        #expect(result.changedCount == 4 && result.beyondCount == 4)
        #expect(result.maximum == .infinity)
        #expect(result.nanCountA == 0 && result.nanCountB == 1)
        #expect(result.infinityCountA == 0 && result.infinityCountB == 1)
        #expect(result.changedFraction == 4.0 / 3000)
    }

    @Test("Exact comparison sees bits, tolerances see values, steps are those of the type")
    func exactness() throws {
        func beyond(_ a: [Float], _ b: [Float], _ tolerances: Tolerances) throws -> Int? {
            try compare([floats("w", a)], [floats("w", b)], options { $0.tolerances = tolerances })
                .tensors.first?.statistics.beyondCount
        }
        let a: [Float] = [0, .nan, 1, .infinity]
        let b: [Float] = [-0.0, .nan, 1.25, .infinity]
        #expect(try beyond(a, b, .exact) == 2)
        #expect(try beyond(a, b, Tolerances(absolute: 0.05, relative: 0.2)) == 0)
        #expect(try beyond(a, b, Tolerances(absolute: 0.2)) == 1)
        // Any tolerance compares by value, 0 as well.
        let zeros: ([Float], [Float]) = ([0, -0.0], [-0.0, 0])
        #expect(try beyond(zeros.0, zeros.1, .exact) == 2)
        #expect(try beyond(zeros.0, zeros.1, Tolerances(absolute: 0)) == 0)
        #expect(try beyond(zeros.0, zeros.1, Tolerances(relative: 0)) == 0)
        #expect(try beyond(zeros.0, zeros.1, Tolerances(ulp: 0)) == 0)
        let one: Float = 1
        #expect(try beyond([one], [one.nextUp], Tolerances(absolute: 0, ulp: 0)) == 1)
        let near = [one.nextUp, one.nextUp.nextUp.nextUp]
        #expect(try beyond([one, one], near, Tolerances(ulp: 2)) == 1)
        let nan = [Float(bitPattern: 0x7FC0_0001), Float(bitPattern: 0x7F80_0001)]
        #expect(try beyond([nan[0]], [nan[1]], .exact) == 1)
        #expect(try beyond([nan[0]], [nan[1]], Tolerances(absolute: 1)) == 1)
        #expect(try beyond([nan[0]], [nan[1]], Tolerances(absolute: 0)) == 1)
        #expect(try beyond([nan[0]], [nan[0]], Tolerances(absolute: 0)) == 0)
        #expect(try beyond([nan[0]], [nan[1]], Tolerances(equalNaN: true)) == 0)
        #expect(try beyond([nan[0], 1], [1, nan[0]], Tolerances(absolute: 9, equalNaN: true)) == 2)
        #expect(try beyond([.infinity], [3], Tolerances(absolute: 9, relative: 9)) == 1)
        #expect(try beyond([3], [.infinity], Tolerances(absolute: 9, relative: 9)) == 1)
    }

    @Test("Tensors of different types are compared by value and count as different")
    func types() throws {
        let result = try compare([floats("w", [1, 2, 3])], [brain("w", [1, 2, 3.5])])
        #expect(result.retyped.map(\.name) == ["w"])
        let statistics = try #require(result.tensors.first?.statistics)
        #expect(statistics.changedCount == 1 && statistics.maximum == 0.5 && statistics.largestULP == nil)
        #expect(!result.isSame)
        #expect(try !compare([floats("w", [1])], [brain("w", [1])]).isSame)
    }

    /// Bits that mean `value` in a type, and what they mean.
    private func stored(_ value: Double, _ dtype: DType) -> (bytes: [UInt8], value: Double) {
        func bytes(_ bits: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: bits.littleEndian) { Array($0) }
        }
        switch dtype {
        case .float32: return (bytes(Float(value).bitPattern), Double(Float(value)))
        case .bfloat16:
            let bits = UInt16(Float(value).bitPattern >> 16)
            return (bytes(bits), Double(Float(bitPattern: UInt32(bits) << 16)))
        case .float16: return (bytes(Float16(value).bitPattern), Double(Float16(value)))
        case .int32:
            return (bytes(Int32(clamping: Int(value * 1e6))), Double(Int32(clamping: Int(value * 1e6))))
        case .uint8: return (bytes(UInt8(abs(value) * 20)), Double(UInt8(abs(value) * 20)))
        }
    }

    @Test("Every number agrees with a plain calculation", arguments: DType.allCases, DType.allCases)
    func reference(_ dtypeA: DType, _ dtypeB: DType) throws {
        var generator = SeededGenerator(state: 11)
        let count = 3001
        var (bytesA, bytesB): ([UInt8], [UInt8]) = ([], [])
        var pairs: [(Double, Double)] = []
        for index in 0..<count {
            let value = Double.random(in: -8...8, using: &generator)
            // A stretch of equal numbers takes the shorter way through the loops.
            let other = index % 3000 < 1500 ? value : value + Double.random(in: -0.1...0.1, using: &generator)
            let (a, b) = (stored(value, dtypeA), stored(other, dtypeB))
            bytesA += a.bytes
            bytesB += b.bytes
            pairs.append((a.value, b.value))
        }
        let found = bytesA.withUnsafeBytes { a in
            bytesB.withUnsafeBytes { b in ElementStatistics(a, dtypeA, b, dtypeB, count: count, .exact) }
        }
        func sum(_ term: (Double, Double) -> Double) -> Double { pairs.reduce(0) { $0 + term($1.0, $1.1) } }
        func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(1, abs(a), abs(b)) }
        #expect(found.changedCount == pairs.count { $0.0 != $0.1 })
        #expect(found.maximum == pairs.map { abs($0.0 - $0.1) }.max())
        #expect(close(found.mean, sum { abs($0 - $1) } / Double(count)))
        #expect(close(found.rootMeanSquare, (sum { ($0 - $1) * ($0 - $1) } / Double(count)).squareRoot()))
        let cosine = sum { $0 * $1 } / (sum { $0 * $0 - 0 * $1 } * sum { $1 * $1 - 0 * $0 }).squareRoot()
        #expect(close(try #require(found.cosine), cosine))
        let bits = zip(bytesA, bytesB).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
        #expect(found.changedBitCount == (dtypeA == dtypeB ? bits : 0))
    }

    @Test("The largest step is counted over zero and never over NaN")
    func steps() throws {
        func ulp(_ a: Float, _ b: Float) throws -> Int? {
            try compare([brain("w", [a, 1])], [brain("w", [b, 1])]).tensors.first?.statistics.largestULP
        }
        let tiny = Float(bitPattern: 0x0001_0000)
        #expect(try ulp(tiny, -tiny) == 2)
        #expect(try ulp(0, -0.0) == 0)
        #expect(try ulp(1, 1.0078125) == 1)
        #expect(try ulp(.nan, 1) == 0)
        #expect(
            try compare([floats("w", [1])], [floats("w", [-1])]).tensors.first?.statistics.largestULP == 2
                * 0x3F80_0000)
    }

    @Test("Names of every family lead to their place in the model")
    func places() {
        let expected: [(String, String)] = [
            ("visual.blocks.3.attn.qkv.weight", "vision 3 attn.qkv"),
            ("model.visual.patch_embed.proj.weight", "vision - model.visual.patch_embed.proj"),
            ("visual.merger.mlp.0.bias", "connector - visual.merger.mlp.0"),
            ("model.language_model.layers.12.mlp.up_proj.weight", "language 12 mlp.up_proj"),
            ("model.norm.weight", "language - model.norm"), ("lm_head.weight", "head - lm_head"),
            ("vision_model.encoder.layers.5.ls1", "vision 5 ls1"), ("mlp1.1.weight", "connector - mlp1.1"),
            ("model.vision_tower.encoder.layer.0.attention.q_proj.weight", "vision 0 attention.q_proj"),
            (
                "model.multi_modal_projector.linear_1.weight",
                "connector - model.multi_modal_projector.linear_1"
            ),
            ("language_model.model.layers.1.attention.wqkv.weight", "language 1 attention.wqkv"),
            ("language_model.output.weight", "head - language_model.output"),
            ("language_model.lm_head.weight", "head - language_model.lm_head"), ("w", "other - w"),
        ]
        for (name, text) in expected {
            let place = ModulePath(name)
            #expect("\(place.part) \(place.layer.map(String.init) ?? "-") \(place.module)" == text)
        }
    }
}
