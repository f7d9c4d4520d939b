// The rows that two evaluations have in common, matched by identifier and content.

/// Rows of two evaluations, matched.
struct PairedRows {
    /// Rows with the same identifier, question and golds.
    private(set) var shared: [(first: EvaluatedRow, second: EvaluatedRow)] = []
    /// Rows with the same identifier and another question or other golds.
    private(set) var differentCount = 0
    /// Rows that only the first evaluation has, and only the second.
    let firstOnlyCount, secondOnlyCount: Int

    /// Matches rows; the identifiers of each side are distinct.
    init(_ first: [EvaluatedRow], _ second: [EvaluatedRow]) {
        let known = Dictionary(uniqueKeysWithValues: first.map { ($0.key, $0) })
        var unmatched = 0
        for row in second {
            guard let other = known[row.key] else {
                unmatched += 1
                continue
            }
            if other.question.content == row.question.content {
                shared.append((other, row))
            } else {
                differentCount += 1
            }
        }
        secondOnlyCount = unmatched
        firstOnlyCount = first.count - shared.count - differentCount
    }

    /// Whether both sides have the same rows.
    var isSame: Bool { firstOnlyCount == 0 && secondOnlyCount == 0 && differentCount == 0 }

    /// The second score minus the first of each shared row of a task, nil for all; rows without a score are left out.
    func differences(_ kind: ScoreKind, _ task: String?) -> [Double] {
        shared.compactMap { first, second in
            guard task == nil || first.question.task == task, let a = first[kind], let b = second[kind] else {
                return nil
            }
            return b - a
        }
    }
}
