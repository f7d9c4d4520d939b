// What is wrong with a text that is not JSON, and at which byte.

/// Where and why a text is not JSON.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// Bytes before the fault.
    public let offset: Int
    /// What should stand there: `a value`, `':' after a key`.
    public let expected: String
    /// What stands there instead: a byte, `the end`, or the fault in words.
    public let found: String

    /// Describes a fault.
    public init(offset: Int, expected: String, found: String) {
        self.offset = offset
        self.expected = expected
        self.found = found
    }

    /// Both sides, for a message that gives the position in its own words.
    public var reason: String { "expected \(expected), found \(found)" }

    /// The position, counted from one, and the reason.
    public var description: String { "column \(offset + 1): \(reason)" }
}
