// Conversions of stored element types, bit by bit, on every level.
import CKernels
import Testing

@testable import TensorMath

@Suite("Conversions")
struct ConversionTests {
    @Test("float16, every bit pattern both ways", arguments: KernelLevel.available) func float16(
        _ level: KernelLevel
    ) {
        let k = level.table
        let patterns = (0...UInt16.max).map { $0 }
        let wide = kernelOutput(patterns.count) { k.widen_float16(patterns.count, patterns, $0) }
        let isExact = zip(patterns, wide).allSatisfy { pattern, value in
            let expected = Float(Float16(bitPattern: pattern))
            return expected.isNaN ? value.isNaN : value.bitPattern == expected.bitPattern
        }
        #expect(isExact)
        // Values between, at and just beside the halves, and the ends of the range.
        let between = wide.filter(\.isFinite).flatMap {
            [$0, $0 * 1.0002, $0 * 1.00048828125, $0.nextUp, $0 * 1.0007]
        }
        let values =
            between + [65_519, 65_520, 1e30, -1e30, .infinity, 0x1p-25, 0x1.8p-25, 0x1p-26, 0x1p-140]
        var narrow = [UInt16](repeating: 0, count: values.count)
        k.narrow_float16(values.count, values, &narrow)
        #expect(zip(values, narrow).allSatisfy { Float16($0).bitPattern == $1 })
        k.narrow_float16(1, [Float.nan], &narrow)
        #expect(Float16(bitPattern: narrow[0]).isNaN)
    }

    @Test("bfloat16 keeps subnormals; int32 and uint8 widen", arguments: KernelLevel.available)
    func otherTypes(_ level: KernelLevel) {
        let k = level.table
        let x: [Float] = [0x1p-127, -0x1p-130, 0x1.01p-126, 0x1.FFp127]
        var narrow = [UInt16](repeating: 0, count: 4)
        k.narrow_bfloat16(4, x, &narrow)
        #expect(narrow == [0x0040, 0x8008, 0x0080, 0x7F80])
        let words: [Int32] = [-7, 0, 1 << 24, .min]
        #expect(kernelOutput(4) { k.widen_int32(4, words, $0) } == words.map(Float.init))
        let bytes: [UInt8] = [0, 1, 200, 255, 7]
        #expect(kernelOutput(5) { k.widen_uint8(5, bytes, $0) } == bytes.map(Float.init))
    }

    @Test("bfloat16 narrows to nearest even and widens exactly", arguments: KernelLevel.available)
    func bfloat16(_ level: KernelLevel) {
        let k = level.table
        let values: [Float] = [
            0, -0.0, 1, 1.00390625, 1.01171875, .infinity, -.infinity, 3.4e38, 0x1p-133, .nan,
        ]
        var narrow = [UInt16](repeating: 0, count: values.count)
        k.narrow_bfloat16(values.count, values, &narrow)
        #expect(Array(narrow.prefix(7)) == [0, 0x8000, 0x3F80, 0x3F80, 0x3F82, 0x7F80, 0xFF80])
        let wide = kernelOutput(values.count) { k.widen_bfloat16(values.count, narrow, $0) }
        #expect(wide[2] == 1 && wide[4] == 1.015625 && wide[7].isInfinite && wide[9].isNaN)
    }
}
