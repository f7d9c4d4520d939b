// The choice that a text makes.

/// The choice that a text makes.
public enum Choice: Equatable, Sendable {
    /// The text names none.
    case none
    /// Exactly one: `yes`, `no` or a letter.
    case one(String)
    /// A list of letters that belong together, in alphabetical order: "AC", "A and C".
    case all([String])
    /// Several that exclude one another.
    case several([String])
}
