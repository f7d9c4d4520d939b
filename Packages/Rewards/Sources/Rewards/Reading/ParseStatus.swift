// What became of an answer.

/// What became of an answer on its way to a score.
public enum ParseStatus: String, Codable, Sendable, CaseIterable {
    /// The answer was read and compared.
    case ok
    /// There is no answer: empty, cut off while thinking, or cut off inside the answer.
    case noAnswer
    /// There is an answer, but not in any form the task accepts.
    case badParse
    /// The row's gold cannot be read: the row must not count.
    case badGold
    /// The reward itself failed (no box space declared, an external scorer silent): the row must not count.
    case error
}
