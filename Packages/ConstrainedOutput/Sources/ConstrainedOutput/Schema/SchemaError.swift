// What is wrong with a schema.

/// A schema that cannot be used.
public struct SchemaError: Error, Equatable, CustomStringConvertible {
    /// The place in the schema as a JSON pointer (RFC 6901), `/properties/age/minimum`; empty for the whole schema.
    public let path: String
    /// What was expected and found, or what is not supported.
    public let problem: String

    init(_ path: String, _ problem: String) { (self.path, self.problem) = (path, problem) }

    /// The place and the problem.
    public var description: String { "\(path.isEmpty ? "the schema" : path): \(problem)" }
}
