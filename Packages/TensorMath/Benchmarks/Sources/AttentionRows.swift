// Attention, counting only unmasked work, compared with the peak of the arithmetic.
import Basics
import TensorMath

/// Forward and backward over 2048 tokens, 16 query heads on 2 key heads of 128, in float32 and bfloat16.
func attentionRows() -> [Row] {
    let (t, d) = (2048, 128)
    let heads = AttentionHeads(queryCount: 16, keyCount: 2, size: d)
    let layout = AttentionLayout(boundaries: [0, t], isCausal: true)
    let (q, k, v) = (filled([t, 16 * d]), filled([t, 2 * d]), filled([t, 2 * d]))
    // Two products forward and four backward, not counting the recomputed scores.
    let ones = [Float](repeating: 1, count: t * 16 * d)
    let forwardWork = 2 * 2 * Double(t * (t + 1) / 2) * Double(16 * d) * 1e-9
    return [DType.float32, .bfloat16].flatMap { dtype -> [Row] in
        guard let limit = peak(dtype == .float32 ? .float32 : .bfloat16) else { return [] }
        let narrow = [q, k, v].map { $0.converted(to: dtype) }
        let forward = median { _ = attention(narrow[0], narrow[1], narrow[2], heads: heads, layout: layout) }
        let both = median {
            let tape = Tape()
            let leaves = narrow.map(tape.leaf)
            let out = attention(leaves[0], leaves[1], leaves[2], heads: heads, layout: layout)
            _ = tape.gradients(of: out.weightedSum(ones), for: leaves)
        }
        func row(_ name: String, _ rate: Double, _ goal: Double) -> Row {
            Row(
                name: "attention \(name) 2048, 16/2 heads of 128, \(dtype)", value: rate, unit: "GFLOP/s",
                limit: limit, limitName: "\(dtype) peak", goal: goal)
        }
        return [
            row("forward", forwardWork / forward, dtype == .float32 ? 0.5 : 0.4),
            row("backward", 2 * forwardWork / (both - forward), dtype == .float32 ? 0.4 : 0.3),
            memoryRow(heads, dtype),
        ]
    }
}

/// The memory of forward and backward besides operands, which should grow linearly with the length.
private func memoryRow(_ heads: AttentionHeads, _ dtype: DType) -> Row {
    func extra(_ t: Int) -> Double {
        let (query, key) = (filled([t, 16 * 128]), filled([t, 2 * 128]))
        let narrow = [query, key, key].map { $0.converted(to: dtype) }
        let before = MemoryStatistics.liveBytes
        MemoryStatistics.resetPeak()
        let tape = Tape()
        let leaves = narrow.map(tape.leaf)
        let layout = AttentionLayout(boundaries: [0, t], isCausal: true)
        let out = attention(leaves[0], leaves[1], leaves[2], heads: heads, layout: layout)
        let ones = [Float](repeating: 1, count: t * 16 * 128)
        _ = tape.gradients(of: out.weightedSum(ones), for: leaves)
        return Double(MemoryStatistics.peakBytes - before) / 1_048_576
    }
    return Row(
        name: "attention memory, length per memory, \(dtype)", value: 8192 / extra(8192), unit: "tokens/MiB",
        limit: 4096 / extra(4096), limitName: "the same at half the length", goal: 0.8)
}
