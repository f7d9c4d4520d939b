// What a reader of rows asks of them.

/// What every row must have.
public enum RowNeeds: Sendable {
    /// A gold: "solution", boxes, or a last turn of the assistant.
    case gold
    /// Something to learn: a gold or a last turn of the assistant.
    case target
    /// A question is enough.
    case nothing
}

/// How rows are read.
public struct RowOptions: Sendable {
    /// What every row must have.
    public var needs = RowNeeds.gold
    /// What happens to a row that cannot be used.
    public var rejects = RejectPolicy.stop
    /// Whether each sample keeps the bytes of its line, or of its record where it had no line of its own.
    public var keepsLines = false
    /// Whether samples keep the keys that are not of the record (`Sample.extra`).
    public var keepsExtra = true
    /// The task of rows that name none; nil guesses it by the gold.
    public var task: Sample.Task?
    /// Which key of a row is which key of the record.
    public var map = RowMap()

    /// The defaults.
    public init() {}
}
