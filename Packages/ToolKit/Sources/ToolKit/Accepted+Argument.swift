// Options of the command line that accept what a setting accepts.
internal import ArgumentParser
public import Settings

extension Accepted {
    /// The value of an option's text; throws `ValidationError` with what was expected and found.
    ///
    /// For the parameter `transform` of `@Option` and `@Argument`.
    public func argument(_ text: String) throws -> Value {
        do { return try value(text) } catch { throw ValidationError("\(error)") }
    }
}
