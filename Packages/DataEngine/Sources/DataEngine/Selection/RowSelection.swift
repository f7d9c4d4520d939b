// The paper's filter: a question whose answers all earn the same reward teaches nothing, so it is left out. It reads
// ratings only, so another threshold costs no answer.
public import Outputs
internal import TrainingData

/// Which rows a selection keeps.
public struct RowSelection: Sendable, Equatable {
    /// What happens to a row without a rating.
    public enum Missing: String, Sendable, CaseIterable {
        /// It is an error.
        case stop
        /// The row is kept.
        case keep
        /// The row is left out.
        case drop
    }

    /// The largest spread of rewards that counts as all equal; 0 is the paper's rule for rewards of 0 and 1.
    public var epsilon = 0.0
    /// The least and the largest mean reward of a kept row; nil for no bound.
    public var meanFrom, meanTo: Double?
    /// The most rows of a task to keep, the first ones.
    public var limits: [String: Int] = [:]
    /// The rewards that are compared.
    public var reward = RatedReward.accuracy
    /// What happens to a row without a rating.
    public var missing = Missing.stop

    /// The paper's filter.
    public init() {}
}

/// What a selection did with the rows of one task.
public struct SelectionCount: Sendable, Equatable {
    /// Rows read and kept.
    public var rows = 0, kept = 0
    /// Rows left out, by reason: rewards all equal, mean outside the band, over the limit, not rated, not usable.
    public var tied = 0, outsideBand = 0, overLimit = 0, unrated = 0, unusable = 0

    /// The counts as half a sentence.
    public var text: String {
        let parts = [
            (tied, "with equal rewards"), (outsideBand, "outside the band"), (overLimit, "over the limit"),
            (unrated, "not rated"), (unusable, "not usable"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return "kept \(kept) of \(rows)"
            + (parts.isEmpty ? "" : "; left out: " + parts.joined(separator: ", "))
    }
}

extension RowSelection {
    /// Copies the kept rows, in order.
    ///
    /// - Parameters:
    ///   - input: The rows that were rated.
    ///   - ratings: Their ratings.
    ///   - output: The file to write; it appears when it is complete.
    /// - Returns: Counts by task.
    /// - Throws: ``DataEngineError`` for a row without a rating (with `.stop`), a row whose content is not the rated
    ///   one, and when no row is left; `OutputError`.
    @discardableResult
    public func run(
        _ input: RowFile, ratings: RatingTable, to output: OutputClaim
    ) throws -> [String: SelectionCount] {
        let writer = try RowWriter(output)
        var counts: [String: SelectionCount] = [:]
        try input.forEach { row in
            if try keeps(row, ratings, &counts[row.sample.task.rawValue, default: SelectionCount()]) {
                try writer.write(row)
            }
        }
        guard writer.count > 0 else {
            let reasons = counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }
            throw DataEngineError.badFile(
                file: input.path,
                problem: "no row is kept, nothing written (\(reasons.joined(separator: "; ")))")
        }
        try writer.finish()
        return counts
    }

    /// Decides on one row and counts it.
    private func keeps(
        _ row: DataRow, _ ratings: RatingTable, _ count: inout SelectionCount
    ) throws -> Bool {
        count.rows += 1
        if let entry = try ratings.entry(of: row) {
            guard !entry.isUnusable else {
                count.unusable += 1
                return false
            }
            let (mean, spread) = (reward == .accuracy ? entry.accuracy : entry.total).values
            guard spread > epsilon else {
                count.tied += 1
                return false
            }
            guard mean >= meanFrom ?? -.infinity, mean <= meanTo ?? .infinity else {
                count.outsideBand += 1
                return false
            }
        } else {
            switch missing {
            case .stop:
                throw DataEngineError.badLine(
                    location: row.location,
                    problem:
                        "the row \"\(row.sample.id)\" has no rating in \(ratings.path); finish r1-data rate, or "
                        + "pass --missing keep or --missing drop")
            case .keep: break
            case .drop:
                count.unrated += 1
                return false
            }
        }
        guard count.kept < limits[row.sample.task.rawValue] ?? .max else {
            count.overLimit += 1
            return false
        }
        count.kept += 1
        return true
    }
}
