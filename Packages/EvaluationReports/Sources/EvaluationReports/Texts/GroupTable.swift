// The numbers of a set besides its headline, with a column for each run.

/// A line of the table of a set: one group by one measure.
struct GroupLine {
    /// The axis; empty for the whole set.
    let axis: String
    /// The group.
    let name: String
    /// What is measured.
    let measure: Score.Measure
    /// The score of each run; nil where the run lacks it.
    let scores: [Score?]

    /// The questions of the first run that has the group.
    var count: Int { scores.compactMap { $0?.count }.max() ?? 0 }

    /// The group and, where it is not plain accuracy, what is measured.
    var label: String {
        switch measure {
        case .accuracy, .groupMean, .passAtK: name
        case _ where name == measure.rawValue: name
        default: "\(name) (\(measure.rawValue))"
        }
    }
}

/// The lines of a set in several runs, in the order of the first run that has each.
///
/// - Parameter runs: The scores of each run on the set; nil where a run lacks it.
/// - Returns: The headline, then the other numbers.
func groupLines(_ runs: [SetScores?]) -> [GroupLine] {
    struct Key: Hashable { let axis, name, measure: String }
    func key(_ score: Score) -> Key {
        Key(axis: score.axis, name: score.name, measure: score.measure.rawValue)
    }
    var order: [Key] = []
    var seen: Set<Key> = []
    var byRun: [[Key: Score]] = []
    for run in runs {
        let scores = run.map { [$0.headline] + $0.others } ?? []
        byRun.append(Dictionary(scores.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first }))
        for score in scores where seen.insert(key(score)).inserted { order.append(key(score)) }
    }
    return order.map { key in
        GroupLine(
            axis: key.axis, name: key.name, measure: Score.Measure(rawValue: key.measure) ?? .accuracy,
            scores: byRun.map { $0[key] })
    }
}
