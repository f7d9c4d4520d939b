// The outcome of reading an answer.

/// The outcome of reading and comparing an answer.
public enum ParseStatus: String, Codable, Sendable, CaseIterable {
    /// The answer was read and compared.
    case ok
    /// There is no answer: empty, cut off while thinking, or cut off inside the answer.
    case noAnswer
    /// There is an answer, but not in a form that the task accepts.
    case badParse
    /// The gold of the row is unreadable; the row must not count.
    case badGold
    /// The reward itself failed (no box space declared, no reply of an external scorer); the row must not
    /// count.
    case error
}
