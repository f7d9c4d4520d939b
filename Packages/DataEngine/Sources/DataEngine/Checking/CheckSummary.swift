// What a check says of a whole file.

/// The counts of a check.
public struct CheckSummary: Sendable, Equatable, Encodable {
    /// The least, middle and largest of many numbers.
    public struct Range: Sendable, Equatable, Encodable {
        /// The least, the middle, nine tenths and the largest.
        public let least: Int, median: Int, tenth9: Int, most: Int

        /// The range of numbers; nil without any.
        init?(_ values: [Int32]) {
            let sorted = values.sorted()
            guard let first = sorted.first, let last = sorted.last else { return nil }
            (least, most) = (Int(first), Int(last))
            median = Int(sorted[sorted.count / 2])
            tenth9 = Int(sorted[sorted.count * 9 / 10])
        }

        /// The range in words.
        var text: String { "\(least) to \(most), median \(median), 90 % up to \(tenth9)" }
    }

    /// Lines that are rows or should be.
    public var rows = 0
    /// Rows by task, by source, and by the writing system of their question.
    public var tasks: [String: Int] = [:], sources: [String: Int] = [:], scripts: [String: Int] = [:]
    /// Different pictures, and rows with several.
    public var pictures = 0, rowsWithSeveralPictures = 0
    /// The longer and the shorter sides of the pictures in pixels.
    public var longerSide: Range?, shorterSide: Range?
    /// Tokens of prompts, images included; nil when no model was given.
    public var tokens: Range?
    /// Findings by kind.
    public var findings: [String: Int] = [:]
    /// How many findings are errors, and how many warnings.
    public var errors = 0, warnings = 0

    /// Counts a finding.
    mutating func add(_ finding: Finding) {
        findings[finding.kind.rawValue, default: 0] += 1
        if finding.severity == .error { errors += 1 } else { warnings += 1 }
    }

    /// The summary, one line a subject.
    public var text: String {
        var lines = ["rows         \(rows)"]
        func list(_ name: String, _ counts: [String: Int]) {
            guard !counts.isEmpty else { return }
            let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.key.isEmpty ? "(none)" : $0.key) \($0.value)" }
            let more = parts.count > 12 ? ", and \(parts.count - 12) more" : ""
            let title = name + String(repeating: " ", count: max(1, 13 - name.count))
            lines.append(title + parts.prefix(12).joined(separator: ", ") + more)
        }
        list("tasks", tasks)
        list("sources", sources)
        list("scripts", scripts)
        if let longerSide, let shorterSide {
            lines.append(
                "pictures     \(pictures)"
                    + (rowsWithSeveralPictures > 0 ? "; \(rowsWithSeveralPictures) rows have several" : ""))
            lines.append("longer side  \(longerSide.text) pixels")
            lines.append("shorter side \(shorterSide.text) pixels")
        }
        if let tokens { lines.append("tokens       \(tokens.text)") }
        list("findings", findings)
        lines.append("\(errors) errors, \(warnings) warnings")
        return lines.joined(separator: "\n") + "\n"
    }
}
