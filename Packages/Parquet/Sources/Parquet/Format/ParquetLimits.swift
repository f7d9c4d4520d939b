// What a file may ask for, so that a damaged one cannot ask for all memory.

/// Limits on what a file may ask for.
public struct ParquetLimits: Sendable {
    /// The most bytes of a page.
    public var pageBytes = 1 << 30
    /// The most values of a page, and of a list.
    public var pageValues = 1 << 27
    /// Bytes that are read ahead of each column.
    public var readAhead = 1 << 16

    /// The defaults.
    public init() {}
}
