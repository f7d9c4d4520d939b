// The `main()` that all tools share.
public import ArgumentParser

/// Parses the command line and runs the command; returns or exits the process.
///
/// An error that the command throws becomes one line on stderr. Help and a wrong command line are handled by
/// ArgumentParser (exit codes 0 and 64), and an `ExitCode` that the command throws is used unchanged.
///
/// - Parameters:
///   - tool: The root command.
///   - console: Where errors are printed.
///   - failure: The exit code after an error.
public func runTool<Tool: ParsableCommand>(
    _ tool: Tool.Type, console: Console, failure: ExitCode = .failure
) {
    do {
        var command = try tool.parseAsRoot()
        try command.run()
    } catch let error where tool.exitCode(for: error) == .failure && !(error is ExitCode) {
        console.error("\(error)")
        tool.exit(withError: failure)
    } catch {
        tool.exit(withError: error)
    }
}
