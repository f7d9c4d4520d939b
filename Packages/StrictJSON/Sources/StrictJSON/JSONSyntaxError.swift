// The error for a text that is not JSON: the byte offset and the reason.

/// The offset and the reason of a JSON syntax error.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// The byte offset of the error.
    public let offset: Int
    /// The expected input: `a value`, `':' after a key`.
    public let expected: String
    /// The input found instead: a byte, `the end`, or a description.
    public let found: String

    /// Makes an error.
    init(offset: Int, expected: String, found: String) {
        self.offset = offset
        self.expected = expected
        self.found = found
    }

    /// The message without the position.
    public var reason: String { "expected \(expected), found \(found)" }

    /// The column, counted from one, and the reason.
    public var description: String { "column \(offset + 1): \(reason)" }
}
