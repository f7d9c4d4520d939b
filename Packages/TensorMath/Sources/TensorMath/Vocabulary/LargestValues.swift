// The largest values of a row of logits, for samplers.
internal import Basics
internal import CKernels
internal import Foundation

/// Values of a block; the search looks only into blocks whose maximum is large enough.
private let blockSize = 64

/// Finds the largest values of a row, which must not change meanwhile, without sorting all of it.
struct LargestValues {
    private let values: UnsafeBufferPointer<Float>
    private let maxima: [Float]

    /// Computes the maxima of the blocks of a row; NaN is ignored.
    init(_ values: UnsafeBufferPointer<Float>) {
        self.values = values
        let blocks = (values.count + blockSize - 1) / blockSize
        maxima = [Float](unsafeUninitializedCapacity: blocks) { out, count in
            if let from = values.baseAddress, let to = out.baseAddress {
                kernels.block_maxima(values.count, blockSize, from, to)
            }
            count = blocks
        }
    }

    /// The index of the largest value, the lowest index among equals; 0 if there is none.
    var argmax: Int {
        guard let top = maxima.max(), let block = maxima.firstIndex(of: top) else { return 0 }
        let start = block * blockSize
        return values[start..<min(values.count, start + blockSize)].firstIndex(of: top) ?? 0
    }

    /// The k-th largest value, counting duplicates.
    ///
    /// - Parameter k: 1...count.
    /// - Returns: The value of that rank; NaN has no rank.
    func value(rank k: Int) -> Float {
        require(k >= 1 && k <= values.count, "LargestValues: rank \(k) of \(values.count)")
        // The maxima of k blocks are at least the k-th largest maximum, so at least k values are.
        let least = k <= maxima.count ? maxima.sorted(by: >)[k - 1] : -.infinity
        return indices(atLeast: least).map { values[Int($0)] }.sorted(by: >)[k - 1]
    }

    /// The indices of all values of at least `threshold`, ascending.
    func indices(atLeast threshold: Float) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: values.count + 1) { out, count in
            guard let from = values.baseAddress, let to = out.baseAddress else { return }
            count = kernels.indices_at_least(values.count, blockSize, from, maxima, threshold, to)
        }
    }

    /// The largest `count` values in descending order, equal ones by index.
    func first(_ count: Int) -> [Int] {
        guard count > 0, !values.isEmpty else { return [] }
        return Array(descending(atLeast: value(rank: min(count, values.count))).prefix(count))
    }

    /// The indices of all values of at least `threshold` in descending order, equal ones by index.
    private func descending(atLeast threshold: Float) -> [Int] {
        indices(atLeast: threshold).map(Int.init).sorted { (values[$0], $1) > (values[$1], $0) }
    }

    /// The smallest set of likeliest tokens whose probability `exp(scale * value - logSum)` reaches `share`, in
    /// descending order, equal values by index.
    ///
    /// Tokens below `(1 - share) / count` can never be in the set: their sum is less than `1 - share`.
    func nucleus(reaching share: Double, scale: Float, logSum: Float) -> [Int] {
        guard let top = maxima.max(), top > -.infinity else { return [] }
        let least = (logSum + Float(log((1 - share) / Double(values.count)))) / scale
        var threshold = top
        while true {
            // One sixteenth of the probability.
            threshold = max(least, threshold - Float(log(16.0)) / scale)
            let candidates = descending(atLeast: threshold)
            var sum = 0.0
            for (place, index) in candidates.enumerated() {
                sum += exp(Double(scale * values[index] - logSum))
                if sum >= share { return Array(candidates[...place]) }
            }
            if threshold <= least { return candidates }
        }
    }
}
