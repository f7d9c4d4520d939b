// Compares runs.
internal import Basics

/// What differs between runs.
public struct RunComparison: Sendable {
    /// The tables for a terminal: for each task and the mean each run before and after, and its paired difference to the
    /// first run; the rows that are shared; the settings that differ.
    public let text: String
    /// The same tables and the curves of all runs, as one page with everything in it.
    public let html: String
}

/// Compares runs with the first one.
///
/// The result is the same for the same records.
///
/// - Parameters:
///   - runs: Two runs or more.
///   - names: Their names in tables and legends, one for each; nil takes them from the folders.
/// - Returns: The comparison.
public func comparison(of runs: [RunRecords], names: [String]? = nil) -> RunComparison {
    let names = names ?? distinctNames(runs.map(\.folder))
    require(runs.count >= 2 && names.count == runs.count, "a comparison needs two runs, and a name for each")
    let compared = zip(names, runs).map { ComparedRun(name: $0, records: $1) }
    let scores = ScoreKind.allCases.map { ScoreTable($0, compared) }
    let settings = SettingDifference.all(runs.map(\.settings))
    return RunComparison(
        text: ComparisonText(runs: compared, scores: scores, settings: settings).text,
        html: ComparisonPage(runs: compared, scores: scores, settings: settings).html)
}
