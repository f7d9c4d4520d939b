// Which groups of answers a page has: the last ones, and some from before, up to a limit of bytes.
internal import ReportPages

/// The groups that a page has, and which ones it leaves out.
struct GroupSelection {
    /// The groups, in the order of the steps.
    let groups: [AnswerGroup]
    /// All groups that are recorded.
    let recordedCount: Int

    /// Selects groups.
    ///
    /// - Parameters:
    ///   - all: All groups in the order of the steps.
    ///   - lastCount: How many of the last ones are wanted.
    ///   - olderCount: How many from before them, evenly spaced, are wanted.
    ///   - limit: The most bytes of all texts; the last groups take at most half of them when there are others.
    init(_ all: [AnswerGroup], lastCount: Int, olderCount: Int, limit: Int) {
        recordedCount = all.count
        let older = Array(all.dropLast(lastCount))
        var rest = older.isEmpty ? limit : limit / 2
        var last: [AnswerGroup] = []
        for group in all.suffix(lastCount).reversed() {
            rest -= group.byteCount
            if rest < 0 { break }
            last.append(group)
        }
        let room = limit - last.reduce(0) { $0 + $1.byteCount }
        groups = Self.spaced(older, count: olderCount, limit: room) + last.reversed()
    }

    /// Evenly spaced groups, as many as fit.
    private static func spaced(_ groups: [AnswerGroup], count: Int, limit: Int) -> [AnswerGroup] {
        var count = min(count, groups.count)
        while count > 0 {
            let chosen = evenlySpaced(groups, count: count)
            if chosen.reduce(0, { $0 + $1.byteCount }) <= limit { return chosen }
            count /= 2
        }
        return []
    }
}

extension AnswerGroup {
    /// About how many bytes its texts take in a page.
    var byteCount: Int {
        let texts = [question.text] + question.golds + answers.map(\.text)
        return texts.reduce(200) { $0 + $1.utf8.count } + 150 * answers.count
    }
}
