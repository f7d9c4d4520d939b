// Contract checks that keep their message in release builds.

/// Stops the program with a message when one of our own contracts is broken.
///
/// `precondition` drops its message in release builds; `fatalError` keeps it. Bad input from files,
/// settings or the network never comes here: it throws.
@inlinable
public func require(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { fatalError(message(), file: file, line: line) }
}
