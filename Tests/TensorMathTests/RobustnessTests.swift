// Operands that are odd in some way: no rows, views at any offset, borrowed memory at any address of its
// element type, numbers that are not finite, subnormal numbers.
import Basics
import CKernels
import Foundation
import Testing

@testable import TensorMath

/// Whether two results are the same bit for bit, without printing thousands of numbers when they are not.
private func isSame(_ a: Tensor, _ b: Tensor) -> Bool {
    a.shape == b.shape && zip(a.elements, b.elements).allSatisfy { $0.bitPattern == $1.bitPattern }
}

/// A copy of `x` in memory that somebody else owns, `offset` bytes behind an aligned address.
private func borrowed(_ x: Tensor, offset: Int) -> Tensor {
    final class Owner {
        let bytes: UnsafeMutableRawPointer
        init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }
        deinit { bytes.deallocate() }
    }
    let byteCount = x.count * x.dtype.byteCount
    let owner = Owner(byteCount + offset)
    (owner.bytes + offset).copyMemory(
        from: x.storage.bytes + x.offset * x.dtype.byteCount, byteCount: byteCount)
    return Tensor(
        shape: x.shape, dtype: x.dtype, storage: Storage(borrowing: owner.bytes + offset, owner: owner))
}

/// Every way in which a weight or table of rows [9, 7] is read, for `x` [rows, 7].
private func uses(_ weight: Tensor, _ x: Tensor) -> [Tensor] {
    let few = linear(x.rows(0..<3), weight), many = linear(x, weight)
    let tokens = tokenLogProbabilities(
        hidden: x, head: weight, targets: [Int32](repeating: 4, count: x.rowCount))
    return [
        few, many, tokens.values, tokens.entropies, weight.gatherRows([8, 0, 3]),
        weight.converted(to: .float32),
        weight.converted(to: .bfloat16).converted(to: .float32),
    ]
}

@Suite("Odd operands")
struct RobustnessTests {
    @Test("no rows: every operation and its pullback") func zeroRows() {
        let (empty, square) = (Tensor([], shape: [0, 4]), normal([4, 4], seed: 1))
        let (w, none) = (normal([4], seed: 2), RotaryAngles([], rowCount: 0))
        let heads = AttentionHeads(queryCount: 2, keyCount: 1, size: 2)
        let keys = Tensor([], shape: [0, 2])
        let operations: [([Tensor]) -> Tensor] = [
            { linear($0[0], square) }, { linear($0[0], square.converted(to: .bfloat16)) },
            { linear(square, $0[0]).reshaped([0, 4]) }, { $0[0] + $0[0] }, { $0[0] * $0[0] },
            { $0[0].scaled(by: 2) }, { swiGLU($0[0], $0[0]) }, { gelu($0[0]) },
            { rmsNorm($0[0], w, epsilon: 1e-6) }, { layerNorm($0[0], w, w, epsilon: 1e-6) },
            { rmsNorm($0[0], adding: $0[0], w, epsilon: 1e-6).normalized }, { $0[0].gatherRows([]) },
            { $0[0].replacingRows([], with: empty) }, { $0[0].columns(0..<4) },
            { $0[0].scalingColumns(by: w) },
            { rotary($0[0], none, headSize: 2) }, { checkpointed($0[0]) { gelu($0) } },
            { attention($0[0], keys, keys, heads: heads, layout: AttentionLayout([])) },
            { tokenLogProbabilities(hidden: $0[0], head: square, targets: []).values.reshaped([0, 4]) },
        ]
        for (place, operation) in operations.enumerated() {
            let tape = Tape()
            let leaf = tape.leaf(empty)
            let y = operation([leaf])
            #expect(y.shape == [0, 4], "operation \(place)")
            let gradient = tape.gradients(of: y.weightedSum([]), for: [leaf])[0]
            #expect(gradient?.shape == [0, 4], "operation \(place)")
        }
        // The other operand of an empty product gets zeros.
        let tape = Tape()
        let leaf = tape.leaf(square)
        let gradient = tape.gradients(of: linear(empty, leaf).weightedSum([]), for: [leaf])[0]
        #expect(gradient?.elements == [Float](repeating: 0, count: 16))
        #expect(empty.converted(to: .bfloat16).converted(to: .float32).shape == [0, 4])
        #expect(empty.mixingRows(Tensor([], shape: [3, 0])).elements == [Float](repeating: 0, count: 12))
    }

    @Test("views at odd offsets give what copies give", arguments: [DType.float32, .bfloat16])
    func views(_ dtype: DType) {
        // Rows of 7 elements: the views start at multiples of 4 or 2 bytes only.
        let table = normal([12, 7], seed: 3).converted(to: dtype)
        let x = normal([25, 7], seed: 4)
        let copy = Tensor(shape: [9, 7], dtype: dtype, storage: Storage(byteCount: 63 * dtype.byteCount))
        copy.storage.bytes.copyMemory(
            from: table.storage.bytes + 7 * dtype.byteCount, byteCount: 63 * dtype.byteCount)
        let xCopy = Tensor(Array(x.elements[(3 * 7)...]), shape: [22, 7])
        for (view, whole) in zip(uses(table.rows(1..<10), x.rows(3..<25)), uses(copy, xCopy)) {
            #expect(isSame(view, whole))
        }
        let w = normal([7], seed: 5)
        #expect(isSame(rmsNorm(x.rows(3..<25), w, epsilon: 1e-6), rmsNorm(xCopy, w, epsilon: 1e-6)))
    }

    @Test(
        "borrowed memory at any address of its elements, as mapped files have them",
        arguments: [(DType.float32, [4, 12, 60]), (.bfloat16, [2, 6, 34, 62])])
    func misaligned(_ dtype: DType, _ offsets: [Int]) {
        let weight = normal([9, 7], seed: 6).converted(to: dtype)
        let x = normal([22, 7], seed: 7)
        let expected = uses(weight, x)
        for offset in offsets {
            for (found, expected) in zip(uses(borrowed(weight, offset: offset), x), expected) {
                #expect(isSame(found, expected), "\(offset) bytes")
            }
        }
        let heads = AttentionHeads(queryCount: 1, keyCount: 1, size: 7)
        let layout = AttentionLayout(boundaries: [0, 9], isCausal: true)
        let aligned = attention(weight, weight, weight, heads: heads, layout: layout)
        let shifted = borrowed(weight, offset: offsets[0])
        #expect(isSame(attention(shifted, shifted, shifted, heads: heads, layout: layout), aligned))
    }

    @Test("NaN and infinity reach what depends on them and nothing else", arguments: [Float.nan, .infinity])
    func notFinite(_ bad: Float) {
        var values = normal([20 * 8], seed: 8).elements
        values[5 * 8 + 3] = bad
        let (x, other) = (Tensor(values, shape: [20, 8]), normal([20, 8], seed: 9))
        let w = normal([6, 8], seed: 10)
        func rowsTouched(_ y: Tensor) -> [Int] {
            (0..<y.rowCount).filter { !y.rows($0..<$0 + 1).elements.allSatisfy(\.isFinite) }
        }
        for weight in [w, w.converted(to: .bfloat16)] {
            #expect(rowsTouched(linear(x, weight)) == [5])
            #expect(rowsTouched(linear(x.rows(0..<10), weight)) == [5])
            let tokens = tokenLogProbabilities(
                hidden: x, head: weight, targets: [Int32](repeating: 1, count: 20))
            #expect(rowsTouched(tokens.values) == [5] && tokens.entropies.elements[5].isNaN)
        }
        let heads = AttentionHeads(queryCount: 2, keyCount: 2, size: 4)
        let layout = AttentionLayout(boundaries: [0, 10, 20], isCausal: true)
        for dtype in [DType.float32, .bfloat16] {
            // A query reaches its row only. A value reaches the rows that see it, and may reach the others of
            // its segment, which multiply it by a probability of 0.
            let byValue = rowsTouched(attention(other, other, x, heads: heads, layout: layout, in: dtype))
            #expect(Set(5..<10).isSubset(of: byValue) && Set(byValue).isSubset(of: 0..<10))
            #expect(rowsTouched(attention(x, other, other, heads: heads, layout: layout, in: dtype)) == [5])
        }
        let tape = Tape()
        let leaf = tape.leaf(x)
        let loss = swiGLU(leaf, other).weightedSum([Float](repeating: 1, count: 160))
        let gradient = tape.gradients(of: loss, for: [leaf])[0]
        #expect(gradient?.elements.enumerated().allSatisfy { $1.isFinite || $0 == 43 } == true)
        #expect(Gradients(names: ["x"], tensors: [x]).norm().isFinite == false)
    }

    @Test("a row of NaN is not taken for a row of banned tokens") func allNaN() {
        for level in KernelLevel.allCases where level.isAvailable {
            for row in [[Float](repeating: .nan, count: 70), [-.infinity, .nan, -.infinity]] {
                var statistics: [Float] = [0, 0, 0]
                level.table.vocabulary_statistics(row.count, 1, row, &statistics)
                #expect(statistics[1].isNaN && statistics[2].isNaN)
            }
        }
    }

    @Test("subnormal numbers survive, also after the libraries have run") func subnormal() {
        // A library that sets the processor to flush them would do it for good, on each thread of the pool.
        let (x, w) = (normal([64, 64], seed: 11), normal([64, 64], seed: 12))
        _ = (linear(x, w), linear(x, w.converted(to: .bfloat16)))
        let tiny = Tensor(repeating: 0x1p-140, shape: [1 << 17])
        #expect(tiny.scaled(by: 0.5).elements.allSatisfy { $0 == 0x1p-141 })
        #expect((tiny + tiny).elements.allSatisfy { $0 == 0x1p-139 })
        let small = Tensor(repeating: 0x1p-130, shape: [4, 64])
        let normalized = rmsNorm(small, Tensor(repeating: 1, shape: [64]), epsilon: 0)
        #expect(normalized.elements.allSatisfy { !$0.isNaN })
        // The dot product of bfloat16 takes subnormal operands for zeros: off by less than the least normal
        // number.
        let narrow = Tensor(repeating: 0x1p-130, shape: [3, 64]).converted(to: .bfloat16)
        let sums = linear(Tensor(repeating: 1, shape: [2, 64]), narrow).elements
        #expect(sums.allSatisfy { $0 == 0 || $0 == 0x1p-124 })
    }
}
