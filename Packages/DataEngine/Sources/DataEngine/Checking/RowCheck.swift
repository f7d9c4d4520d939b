// Checks all rows of a file before a run spends time on them.
internal import Basics
public import Rewards
internal import StrictJSON
public import TrainingData

/// How rows are checked.
public struct RowCheck {
    /// Whether pictures are decoded fully; otherwise header and checksums decide.
    public var decodes = false
    /// The tokens of a row's prompt, or an error that says why a model cannot take it; nil counts none.
    public var tokens: ((Sample) throws -> Int)?
    private let router: RewardRouter

    /// A check with the rewards that will score the rows.
    public init(_ router: RewardRouter) { self.router = router }

    /// Checks a file.
    ///
    /// - Parameters:
    ///   - input: The rows.
    ///   - found: Receives every finding, in the order of the rows; those of the whole file come last.
    /// - Returns: The counts.
    /// - Throws: ``DataEngineError`` for a file that cannot be read; what `found` throws.
    public func run(_ input: RowFile, _ found: (Finding) throws -> Void) throws -> CheckSummary {
        var state = CheckState()
        func report(_ finding: Finding) throws {
            state.summary.add(finding)
            try found(finding)
        }
        try input.forEachBatch { results in
            let rows = results.compactMap { try? $0.get() }  // The others are reported below.
            let pictures = try state.check(rows.map { NamedPicture.all(of: $0.sample) }, decodes: decodes)
            var rest = pictures[...]
            for result in results {
                state.summary.rows += 1
                switch result {
                case .failure(let problem): try report(Self.badRow(problem, input.name))
                case .success(let row):
                    for finding in try check(row, rest.removeFirst(), &state) { try report(finding) }
                }
            }
        }
        for (line, problem) in state.units.problems {
            try report(
                Finding(
                    kind: problem.kind, file: input.name, line: line, id: nil, key: problem.key,
                    problem: problem.problem, advice: problem.advice))
        }
        return state.finished
    }

    private static func badRow(_ error: DataEngineError, _ file: String) -> Finding {
        var (line, problem) = (0, error.description)
        if case .badLine(let location, let text) = error {
            (line, problem) = (Int(location.dropFirst(file.count + 1)) ?? 0, text)
        }
        return Finding(
            kind: .badRow, file: file, line: line, id: nil, key: "", problem: problem,
            advice: "correct the line; docs/data.md describes the keys")
    }

    /// The findings of one row.
    private func check(
        _ row: DataRow, _ pictures: [(NamedPicture, CheckedPicture)], _ state: inout CheckState
    ) throws -> [Finding] {
        let sample = row.sample
        var findings: [Finding] = []
        func add(_ kind: Finding.Kind, _ key: String, _ problem: String, _ advice: String) {
            findings.append(
                Finding(
                    kind: kind, file: sample.file, line: sample.line, id: sample.id, key: key,
                    problem: problem,
                    advice: advice))
        }
        state.count(sample)
        for (named, picture) in pictures {
            if case .unusable(let kind, let problem, let advice) = picture {
                add(kind, named.key, problem, advice)
            }
        }
        for (kind, key, problem, advice) in golds(row) { add(kind, key, problem, advice) }
        if let boxes = try BoxCheck(row, sizes: pictures.compactMap { $0.1.size }) {
            for problem in boxes.problems { add(problem.kind, problem.key, problem.problem, problem.advice) }
            boxes.add(to: &state.units)
        }
        if let first = state.firstLine(ofID: sample) {
            add(
                .duplicateID, "id", "\"\(sample.id)\" is also the id of line \(first)",
                "give each row its own id")
        }
        if let (first, hasSameGold) = state.firstQuestion(sample, pictures.map(\.1)) {
            if hasSameGold {
                add(
                    .duplicateQuestion, "messages",
                    "the same question about the same pictures is in line \(first)",
                    "r1-data dedupe removes it")
            } else {
                add(
                    .conflictingGold, "solution",
                    "the same question about the same pictures has another gold in line \(first)",
                    "correct one of them; r1-data dedupe keeps the first")
            }
        }
        if let tokens, !findings.contains(where: { $0.severity == .error }) {
            do { state.tokens.append(Int32(clamping: try tokens(sample))) } catch {
                add(.badPrompt, "messages", "\(error)", "shorten the prompt, or limit the pictures' pixels")
            }
        }
        return findings
    }

    /// What is wrong with task and gold.
    private func golds(_ row: DataRow) -> [(Finding.Kind, String, String, String)] {
        let sample = row.sample
        guard !sample.solutions.isEmpty else {
            // A row with an answer of the assistant is for the supervised warm start.
            if sample.assistantTurn != nil { return [] }
            return [
                (
                    .missingGold, "solution", "neither a gold nor an answer of the assistant",
                    "give the right answer as \"solution\""
                )
            ]
        }
        if sample.isTaskGuessed {
            return [
                (
                    .missingTask, "task", "the row names no task; its gold looks like \(sample.task)",
                    "give \"task\": yorn, mcq, chart, math, grounding, open or the name of a custom reward"
                )
            ]
        }
        if sample.task != .open {
            do { try router.validate([sample]) } catch {
                return [
                    (
                        .unknownTask, "task", "no built-in reward is called \"\(sample.task)\"",
                        "correct the name, or add the reward as docs/rewards.md describes"
                    )
                ]
            }
        }
        return router.checkGolds([sample]).rejects.map { reject in
            let place = sample.location + ": "
            let reason =
                reject.reason.hasPrefix(place) ? String(reject.reason.dropFirst(place.count)) : reject.reason
            return (.badGold, "solution", reason, "correct the gold or the task; training sets the row aside")
        }
    }
}
