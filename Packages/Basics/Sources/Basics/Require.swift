// Contract checks whose message survives in release builds.

/// Stops the program with a message when a contract between our own functions is broken.
///
/// `precondition` drops its message in release builds, and `fatalError` keeps it. Bad input from files,
/// settings or the network throws instead.
@inlinable
public func require(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition() { fatalError(message(), file: file, line: line) }
}
