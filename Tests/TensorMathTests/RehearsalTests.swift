// What a rehearsal counts, against numbers that follow from the shapes.
import Basics
import Testing

@testable import TensorMath

@Suite("Rehearsals")
struct RehearsalTests {
    private func block(_ floats: Int) -> Int { MemoryStatistics.blockBytes(4 * floats) }

    @Test("count what backward keeps, and free it as it goes")
    func keptAndFreed() {
        let rehearsal = Rehearsal()
        rehearsal {
            let tape = Tape()
            let (n, c, f) = (1000, 64, 256)
            let x = Tensor(repeating: 1, shape: [n, c])
            let scale = tape.leaf(Tensor(repeating: 1, shape: [c]))
            let (gate, up) = (
                tape.leaf(Tensor(repeating: 1, shape: [f, c])),
                tape.leaf(Tensor(repeating: 1, shape: [f, c]))
            )
            let down = tape.leaf(Tensor(repeating: 1, shape: [c, f]))
            let weights = rehearsal.liveBytes
            #expect(weights == block(n * c) + block(c) + 3 * block(f * c))
            var loss: Tensor?
            func forward() -> Tensor {
                let y = rmsNorm(x, scale, epsilon: 1e-6)
                return linear(swiGLU(linear(y, gate), linear(y, up)), down)
                    .weightedSum([Float](repeating: 1, count: n * c))
            }
            loss = forward()
            // Two numbers of each row and y for the norm, gate and up for their product, the product for `down`; and the loss.
            let kept = 2 * block(n) + block(n * c) + 3 * block(n * f) + block(1)
            #expect(rehearsal.liveBytes - weights == kept)
            let gradients = loss.map { tape.gradients(of: $0, for: [scale, gate, up, down]) } ?? []
            loss = nil
            #expect(gradients.map { $0?.shape } == [[c], [f, c], [f, c], [c, f]])
            #expect(rehearsal.liveBytes - weights == block(c) + 3 * block(f * c))
            // Forward: three products of n rows; backward: two for each of them, but one of `y` is not needed by `x`.
            #expect(rehearsal.work == Double(3 * 3 * n * c * f))
            withExtendedLifetime((gradients, loss)) {}
        }
        #expect(rehearsal.liveBytes == 0)
        #expect(rehearsal.peakBytes > 0 && rehearsal.peakHeldBytes >= rehearsal.peakBytes)
    }

    @Test("count one value for each block that is recomputed, in bfloat16 half of the operands")
    func recomputed() {
        func kept(_ dtype: DType, recompute: Bool) -> Int {
            let rehearsal = Rehearsal()
            return rehearsal {
                let tape = Tape()
                let weight = tape.leaf(Tensor(repeating: 1, shape: [512, 512]).converted(to: dtype))
                var x = tape.leaf(Tensor(repeating: 1, shape: [1024, 512]))
                let before = rehearsal.liveBytes
                for _ in 0..<4 {
                    x = checkpointed(x, if: recompute) { linear(gelu(linear($0, weight)), weight) }
                }
                return withExtendedLifetime((tape, x)) { rehearsal.liveBytes - before }
            }
        }
        let value = 1024 * 512 * 4
        #expect(kept(.float32, recompute: true) == 4 * value)
        // Inputs of gelu and of both products; the first input is the leaf, the last output is kept by `x`.
        #expect(kept(.float32, recompute: false) == 4 * 3 * value)
        // The first input is kept rounded only, so that its memory is free for the last output.
        #expect(kept(.bfloat16, recompute: false) == 4 * (value + 2 * value / 2))
    }

    @Test(
        "count the work of attention by pairs of queries and visible keys, forward 2 products and backward 5")
    func attentionWork() {
        let rehearsal = Rehearsal()
        let (prompt, answer, heads) = (40, 10, AttentionHeads(queryCount: 4, keyCount: 2, size: 8))
        let rows = prompt + answer
        rehearsal {
            let tape = Tape()
            let q = tape.leaf(Tensor(repeating: 1, shape: [rows, 32]))
            let k = tape.leaf(Tensor(repeating: 1, shape: [rows, 16]))
            let layout = AttentionLayout([
                .init(queries: 0..<prompt, keys: 0..<prompt, isCausal: true),
                .init(queries: prompt..<rows, prefix: 0..<prompt, keys: prompt..<rows, isCausal: true),
            ])
            let out = attention(q, k, k, heads: heads, layout: layout)
            let pairs = prompt * (prompt + 1) / 2 + answer * prompt + answer * (answer + 1) / 2
            #expect(rehearsal.work == Double(2 * pairs * 32))
            _ = tape.gradients(of: out.weightedSum(out.elements), for: [q, k])
            #expect(rehearsal.work == Double(7 * pairs * 32))
        }
    }

    @Test("need no memory, give zeros for what is read, and draw from the list")
    func noMemory() {
        let rehearsal = Rehearsal()
        rehearsal.draw(from: [5, 9])
        rehearsal {
            let huge = Tensor(repeating: 1, shape: [1 << 18, 1 << 16])
            #expect(rehearsal.liveBytes == 1 << 36)
            let sum = (huge + huge).rows(0..<1)
            #expect(sum.rows(0..<1).reshaped([1 << 16]).elements.allSatisfy { $0 == 0 })
            #expect(rehearsal.liveBytes == 1 << 37)
            let drawn = Tensor(repeating: 0, shape: [2, 640]).drawingTokens([
                TokenDraw(row: 0, uniforms: [Double](repeating: 0.5, count: 50))
            ])
            #expect(Set(drawn[0].tokens.map(\.id)) == [5, 9])
            withExtendedLifetime((huge, sum)) {}
        }
        // Outside, operations compute.
        #expect(Tensor([1, 2], shape: [2]).scaled(by: 2).elements == [2, 4])
    }
}
