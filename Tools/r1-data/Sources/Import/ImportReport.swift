// What an import did: counts for the summary, and the use of every key for --explain.
import TrainingData

/// Counts of an import.
struct ImportReport {
    /// A use of a key in rows of one layout.
    private struct Use: Hashable {
        let layout: String
        let use: KeyUse
    }

    private(set) var written = 0
    private(set) var rejected = 0
    private(set) var firstReason: String?
    private var layouts: [String: Int] = [:]
    private var tasks: [String: (rows: Int, guessed: Int)] = [:]
    private var uses: [Use: Int] = [:]

    /// What is counted of a row.
    struct Row: Sendable, Equatable {
        let layout, task: String
        let isGuessed: Bool
        let uses: [KeyUse]

        init(_ row: RecordRow) {
            (layout, task) = (row.layout, row.sample.task.rawValue)
            (isGuessed, uses) = (row.sample.isTaskGuessed, row.uses)
        }
    }

    /// Counts rows that were written and are alike.
    mutating func add(_ row: Row, count: Int = 1) {
        written += count
        layouts[row.layout, default: 0] += count
        tasks[row.task, default: (0, 0)].rows += count
        if row.isGuessed { tasks[row.task, default: (0, 0)].guessed += count }
        for use in row.uses { uses[Use(layout: row.layout, use: Self.general(use)), default: 0] += count }
    }

    /// Counts a row that was set aside.
    mutating func add(_ reject: Reject) {
        rejected += 1
        if firstReason == nil { firstReason = reject.reason }
    }

    /// The use without the number of a turn: `messages[3].loss` becomes `messages[].loss`.
    private static func general(_ use: KeyUse) -> KeyUse {
        guard use.key.utf8.contains(UInt8(ascii: "[")) else { return use }
        return KeyUse(key: use.key.replacing(/\[[0-9]+\]/, with: "[]"), use: use.use)
    }

    /// One line for each thing that a user should know.
    func summary(output: String, rejects: String?) -> String {
        var lines = ["\(output): wrote \(written) rows"]
        if rejected > 0 {
            lines.append(
                "\(rejects ?? "rejects"): \(rejected) rows set aside; the first: \(firstReason ?? "")")
        }
        let counts = tasks.sorted { $0.key < $1.key }
        lines.append("tasks: " + counts.map { "\($0.value.rows) \($0.key)" }.joined(separator: ", "))
        let guessed = counts.filter { $0.value.guessed > 0 }
        if !guessed.isEmpty {
            lines.append(
                "of these guessed by the gold: "
                    + guessed.map { "\($0.value.guessed) \($0.key)" }.joined(separator: ", ")
                    + " (--task sets the task of rows that name none)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The layouts that were found, and what became of each key.
    func explanation(files: [String]) -> String {
        var lines = ["files: \(files.count)" + (files.first.map { ", the first: \($0)" } ?? "")]
        for (layout, count) in layouts.sorted(by: { $0.key < $1.key }) {
            let summary = Layout.all.first { $0.name == layout }?.summary ?? "rows that are records already"
            lines.append("layout \(layout): \(count) rows (\(summary))")
            let uses = uses.filter { $0.key.layout == layout }.sorted {
                ($0.key.use.key, $0.key.use.use) < ($1.key.use.key, $1.key.use.use)
            }
            for (use, rows) in uses { lines.append("  \(use.use.key): \(use.use.use) (\(rows))") }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
