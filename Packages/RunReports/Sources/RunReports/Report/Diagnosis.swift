// The lines of diagnosis.jsonl: what the run found wrong with itself.

/// One finding about a run.
struct Diagnosis: Equatable {
    /// The step that it is about.
    let step: Int
    /// The task; nil when it is about all.
    let task: String?
    /// The cause in a word.
    let cause: String
    /// The finding in words.
    let text: String

    /// Reads all findings of a file; a file that does not exist has none.
    ///
    /// - Throws: `RunReportError` for a line without its members.
    static func read(_ file: String) throws -> [Diagnosis] {
        var all: [Diagnosis] = []
        try forEachRecord(in: file) { line in
            all.append(
                Diagnosis(
                    step: try line.integer("step"), task: try line.optional("task", line.text),
                    cause: try line.text("cause"), text: try line.text("text")))
        }
        return all
    }
}
