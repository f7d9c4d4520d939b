// Groups of rows by task and source, and how many rows each group gives.
internal import Foundation
internal import TrainingData

/// Rows of one task, of one source, or of both: `chart`, `:uci-digits`, `chart:uci-digits`.
struct MixGroup: Hashable {
    let task, source: String?

    /// Reads a name; the first colon ends the task.
    init?(_ name: String) {
        let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        task = parts[0].isEmpty ? nil : parts[0]
        source = parts.count == 2 ? parts[1] : nil
        guard task != nil || source != nil else { return nil }
    }

    /// The name as it is read.
    var name: String { (task ?? "") + (source.map { ":\($0)" } ?? "") }

    /// Whether a row is in the group.
    func holds(_ sample: Sample) -> Bool {
        (task ?? sample.task.rawValue) == sample.task.rawValue && (source ?? sample.source) == sample.source
    }
}

/// Divides a whole number by weights: each share is rounded down, and the largest remainders get the rest.
///
/// - Parameters:
///   - total: The number.
///   - weights: Weights above 0.
/// - Returns: Shares that add up to `total`, in the order of the weights.
func shares(of total: Int, _ weights: [Double]) -> [Int] {
    // The sum of large weights may overflow.
    let most = weights.max() ?? 1
    let sum = weights.reduce(0) { $0 + $1 / most }
    let exact = weights.map { Double(total) * ($0 / most) / sum }
    var shares = exact.map { Int($0.rounded(.down)) }
    let order = exact.indices.sorted {
        let (a, b) = (exact[$0] - Double(shares[$0]), exact[$1] - Double(shares[$1]))
        return a > b || a == b && $0 < $1
    }
    // Rounding of doubles may leave a difference of more than one round, or less than none.
    var rest = total - shares.reduce(0, +)
    while rest != 0 {
        for index in order where rest != 0 {
            shares[index] += rest > 0 ? 1 : -1
            rest -= rest > 0 ? 1 : -1
        }
    }
    return shares
}
