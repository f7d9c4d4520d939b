// The largest values of a row of logits, for samplers.
internal import Basics
internal import CKernels

/// Values of a block; the search looks only into blocks whose maximum is large enough.
private let blockSize = 64

/// Finds the largest values of a row without sorting all of it.
public struct LargestValues {
    private let values: [Float]
    private let maxima: [Float]

    /// Computes the maxima of the blocks of a row; NaN is ignored.
    public init(_ values: [Float]) {
        self.values = values
        let blocks = (values.count + blockSize - 1) / blockSize
        maxima = [Float](unsafeUninitializedCapacity: blocks) { out, count in
            if let to = out.baseAddress { kernels.block_maxima(values.count, blockSize, values, to) }
            count = blocks
        }
    }

    /// The index of the largest value, the lowest index among equals; 0 if there is none.
    public var argmax: Int {
        guard let top = maxima.max(), let block = maxima.firstIndex(of: top) else { return 0 }
        let start = block * blockSize
        return values[start..<min(values.count, start + blockSize)].firstIndex(of: top) ?? 0
    }

    /// The k-th largest value, counting duplicates.
    ///
    /// - Parameter k: 1...count.
    /// - Returns: The value of that rank; NaN has no rank.
    public func value(rank k: Int) -> Float {
        require(k >= 1 && k <= values.count, "LargestValues: rank \(k) of \(values.count)")
        // The maxima of k blocks are at least the k-th largest maximum, so at least k values are.
        let least = k <= maxima.count ? maxima.sorted(by: >)[k - 1] : -.infinity
        return indices(atLeast: least).map { values[Int($0)] }.sorted(by: >)[k - 1]
    }

    /// The indices of all values of at least `threshold`, ascending.
    public func indices(atLeast threshold: Float) -> [Int32] {
        [Int32](unsafeUninitializedCapacity: values.count + 1) { out, count in
            guard let to = out.baseAddress else { return }
            count = kernels.indices_at_least(values.count, blockSize, values, maxima, threshold, to)
        }
    }

    /// The smallest set of largest values whose sum reaches `total`, in descending order, equal values by
    /// index.
    ///
    /// The values are summed in float64 in that order.
    ///
    /// - Parameters:
    ///   - total: The sum to reach.
    ///   - least: Positive; the set has no values below it.
    /// - Returns: The indices; those of all values of at least `least` if their sum is below `total`.
    public func nucleus(reaching total: Double, atLeast least: Float) -> [Int] {
        guard var threshold = maxima.max(), threshold >= least else { return [] }
        while true {
            threshold = max(least, threshold / 16)
            let candidates = indices(atLeast: threshold).map(Int.init)
                .sorted { (values[$0], $1) > (values[$1], $0) }
            var sum = 0.0
            for (place, index) in candidates.enumerated() {
                sum += Double(values[index])
                if sum >= total { return Array(candidates[...place]) }
            }
            if threshold <= least { return candidates }
        }
    }
}
