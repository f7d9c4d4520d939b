// Draws tokens from rows of logits, all threads at once. Each row is read from memory once: what follows the first pass
// works on the cached row, on its candidates, or on a block of it.
internal import Basics
internal import CKernels
internal import Foundation

/// Values of a block whose probabilities are computed at a time.
private let blockSize = 4096

extension Tensor {
    /// Draws tokens from rows of logits.
    ///
    /// This changes the logits: their owner must not use them afterwards.
    ///
    /// - Parameter draws: At most one for each row of this [N, V] tensor.
    /// - Returns: What was drawn, in the order of `draws`; it does not depend on other rows or the threads.
    public consuming func drawingTokens(_ draws: [TokenDraw]) -> [DrawnTokens] {
        let (rows, count) = (rowCount, columnCount)
        require(
            draws.allSatisfy { $0.row >= 0 && $0.row < rows } && Set(draws.map(\.row)).count == draws.count,
            "drawingTokens: the rows are not distinct rows of \(shape)")
        if let rehearsal = Rehearsal.current {
            return draws.map { draw in
                var drawn = DrawnTokens()
                drawn.tokens = draw.uniforms.map { _ in
                    RatedToken(id: rehearsal.drawnToken(), logProbability: 0)
                }
                return drawn
            }
        }
        var drawn = [DrawnTokens](repeating: DrawnTokens(), count: draws.count)
        drawn.withUnsafeMutableBufferPointer { drawn in
            let output = Output(buffer: drawn)
            inParallel(draws.count, grain: rowGrain(count)) { slice in
                for index in slice {
                    let draw = draws[index]
                    let logits = UnsafeMutableBufferPointer(
                        start: pointer + draw.row * count, count: count)
                    output.buffer[index] = LogitRow(logits: logits, draw: draw).drawn()
                }
            }
        }
        return drawn
    }
}

/// Collects the threads' tokens; `@unchecked Sendable` is safe because each thread writes its own slice.
private struct Output: @unchecked Sendable { let buffer: UnsafeMutableBufferPointer<DrawnTokens> }

/// One row while tokens are drawn from it.
private struct LogitRow {
    let logits: UnsafeMutableBufferPointer<Float>
    let draw: TokenDraw

    private var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(logits) }

    func drawn() -> DrawnTokens {
        for edit in draw.edits { apply(edit) }
        if draw.leavesOutExcluded { exclude() }
        let logSum = logSum()
        func rated(_ id: Int) -> RatedToken {
            RatedToken(id: Int32(id), logProbability: draw.scale * logits[id] - logSum)
        }
        var result = DrawnTokens()
        if draw.alternatives > 0 {
            result.alternatives = LargestValues(values).first(draw.alternatives).map(rated)
        }
        var drawnLogSum = logSum
        if !draw.leavesOutExcluded, exclude() { drawnLogSum = self.logSum() }
        result.tokens = ids(logSum: drawnLogSum).map(rated)
        return result
    }

    private func apply(_ edit: TokenDraw.Edit) {
        let id = Int(edit.id)
        guard logits.indices.contains(id) else { return }
        let value = logits[id] + edit.bias
        logits[id] = (value < 0 ? value * edit.penalty : value / edit.penalty) - edit.reduction
    }

    /// Removes the tokens that are not drawn; returns whether there may be any.
    @discardableResult
    private func exclude() -> Bool {
        for id in draw.excluded where logits.indices.contains(Int(id)) { logits[Int(id)] = -.infinity }
        guard let allowed = draw.allowed else { return !draw.excluded.isEmpty }
        for start in stride(from: 0, to: logits.count, by: 64) {
            let word = start / 64 < allowed.count ? allowed[start / 64] : 0
            guard word != .max else { continue }
            for id in start..<min(logits.count, start + 64) where word >> UInt64(id - start) & 1 == 0 {
                logits[id] = -.infinity
            }
        }
        return true
    }

    private func logSum() -> Float {
        var out: (Float, Float, Float) = (0, 0, 0)
        guard let from = values.baseAddress else { return -.infinity }
        withUnsafeMutableBytes(of: &out) {
            kernels.vocabulary_statistics(
                values.count, draw.scale, from, $0.baseAddress?.assumingMemoryBound(to: Float.self))
        }
        return out.1
    }

    /// The drawn ids; `logSum` is that of the tokens that may be drawn.
    private func ids(logSum: Float) -> [Int] {
        if draw.isGreedy {
            let id = LargestValues(values).argmax
            return draw.uniforms.map { _ in id }
        }
        guard let kept = candidates(logSum) else {
            let all = AllTokens(values: values, scale: draw.scale, logSum: logSum)
            return draw.uniforms.map(all.draw)
        }
        let some = SomeTokens(kept)
        return draw.uniforms.map(some.draw)
    }

    /// The tokens that top-k, top-p and min-p keep, ascending, with their weights; nil keeps all.
    private func candidates(_ logSum: Float) -> [(id: Int, weight: Double)]? {
        let isCut = draw.topK > 0 && draw.topK < values.count
        guard isCut || draw.topP < 1 || draw.minP > 0 else { return nil }
        let largest = LargestValues(values)
        let top = values[largest.argmax]
        func weighed(_ id: Int) -> (id: Int, weight: Double) {
            (id, exp(Double(draw.scale * (values[id] - top))))
        }
        var kept: [(id: Int, weight: Double)]
        if isCut {
            // Ties of the last one stay, as in the reference.
            let threshold = largest.value(rank: draw.topK)
            kept = largest.indices(atLeast: threshold).map { weighed(Int($0)) }
            if draw.topP < 1 { kept = nucleus(kept) }
        } else if draw.topP < 1 {
            kept = largest.nucleus(reaching: draw.topP, scale: draw.scale, logSum: logSum).map(weighed)
        } else {
            let threshold = top + Float(log(draw.minP)) / draw.scale
            kept = largest.indices(atLeast: threshold).map { weighed(Int($0)) }
        }
        if draw.minP > 0 { kept.removeAll { $0.weight < draw.minP } }
        return kept.sorted { $0.id < $1.id }
    }

    /// The smallest set of the heaviest whose share of all weights reaches `topP`.
    private func nucleus(_ kept: [(id: Int, weight: Double)]) -> [(id: Int, weight: Double)] {
        let sorted = kept.sorted { ($0.weight, $1.id) > ($1.weight, $0.id) }
        let goal = draw.topP * sorted.reduce(0) { $0 + $1.weight }
        var sum = 0.0
        for (place, token) in sorted.enumerated() {
            sum += token.weight
            if sum >= goal { return Array(sorted[...place]) }
        }
        return sorted
    }
}

/// Some tokens in ascending order with their weights.
private struct SomeTokens {
    let tokens: [(id: Int, weight: Double)]
    let total: Double

    init(_ tokens: [(id: Int, weight: Double)]) {
        self.tokens = tokens
        total = tokens.reduce(0) { $0 + $1.weight }
    }

    /// The token in whose part of the total the number falls.
    func draw(_ uniform: Double) -> Int {
        var rest = uniform * total
        for (id, weight) in tokens {
            rest -= weight
            if rest < 0 { return id }
        }
        return tokens.last?.id ?? 0
    }
}

/// All tokens of a row with the probabilities `exp(scale * value - logSum)`.
private struct AllTokens {
    let values: UnsafeBufferPointer<Float>
    let scale, logSum: Float

    /// The token in whose part of the total the number falls.
    func draw(_ uniform: Double) -> Int {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: blockSize) { scratch in
            var rest = uniform
            var last = 0
            for start in stride(from: 0, to: values.count, by: blockSize) {
                let count = min(blockSize, values.count - start)
                for index in 0..<count { scratch[index] = values[start + index] }
                kernels.exponential_tile(
                    1, count, count, [Int32(count)], scale, [logSum], scratch.baseAddress)
                let sum = Self.sum(scratch, count)
                guard sum > 0 else { continue }
                for index in (0..<count).reversed() where scratch[index] > 0 {
                    last = start + index
                    break
                }
                guard rest < sum else {
                    rest -= sum
                    continue
                }
                for index in 0..<count where scratch[index] > 0 {
                    rest -= Double(scratch[index])
                    if rest < 0 { return start + index }
                }
                return last
            }
            return last
        }
    }

    /// The sum in a fixed order.
    private static func sum(_ x: UnsafeMutableBufferPointer<Float>, _ count: Int) -> Double {
        var lanes = SIMD8<Double>()
        let whole = count / 8 * 8
        for start in stride(from: 0, to: whole, by: 8) {
            lanes += SIMD8<Double>(
                SIMD8<Float>(
                    x[start], x[start + 1], x[start + 2], x[start + 3], x[start + 4], x[start + 5],
                    x[start + 6], x[start + 7]))
        }
        return (whole..<count).reduce(lanes.sum()) { $0 + Double(x[$1]) }
    }
}
