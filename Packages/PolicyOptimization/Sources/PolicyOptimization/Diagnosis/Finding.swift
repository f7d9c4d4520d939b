// What a run can say about itself in words: a cause, the task that it concerns, and a sentence.

/// Why a run does not learn, or soon will not.
public enum Cause: String, Sendable, CaseIterable {
    /// Nearly all answers of the task are right, so that its groups have no spread.
    case allRight
    /// Nearly all answers of the task are wrong.
    case allWrong
    /// Most answers reach `maxNewTokens`.
    case truncated
    /// Most answers cannot be read.
    case unreadable
    /// Most answers could not be scored.
    case notScored
    /// The reward gives nearly the same to all answers.
    case saturated
    /// The format is learned, the answers are not.
    case formatOnly
    /// The advantages of one task outweigh those of all others.
    case dominated
    /// The distance to the reference grows.
    case klGrows
    /// The answers become longer and longer.
    case lengthGrows
    /// The answers become shorter and shorter.
    case lengthFalls
}

/// One thing that is wrong with a run.
public struct Finding: Sendable, Equatable {
    /// The task; nil for the whole run.
    public let task: String?
    /// The cause.
    public let cause: Cause
    /// The numbers and what to do, in one or two sentences.
    public let text: String

    /// The finding as one line.
    public var line: String { task.map { "\($0): \(text)" } ?? text }
}
