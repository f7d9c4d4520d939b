// The `main()` that all tools share.
public import ArgumentParser
internal import Basics
internal import Foundation

/// The version of all programs of this project.
public let toolVersion = "0.2.0"

/// Parses the command line and runs the command; returns or exits the process.
///
/// An error that the command throws becomes one line on stderr. A wrong command line prints its message and exits with
/// 64, help and version go to stdout, and an `ExitCode` that the command throws is used unchanged. Standard streams
/// that are closed or cannot be written do not end the process; a result that cannot be written is an error.
///
/// - Parameters:
///   - tool: The root command.
///   - console: Where errors are printed.
///   - failure: The exit code after an error.
///   - message: The text of an error, where the command line has better words for it.
public func runTool<Tool: ParsableCommand>(
    _ tool: Tool.Type, console: Console, failure: ExitCode = .failure,
    message: (any Error) -> String = { "\($0)" }
) {
    Streams.prepare()
    do {
        let words = Array(CommandLine.arguments.dropFirst())
        var command = try tool.parseAsRoot(joiningNegativeValues(words))
        do {
            try AvailableMemory.requireRoomToStart()
            try command.run()
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch let error where tool.exitCode(for: error) == .failure {
            console.error(message(error))
            exit(failure.rawValue)
        }
    } catch {
        let code = tool.exitCode(for: error)
        let text = tool.fullMessage(for: error)
        guard code == .success else {
            console.aside(text.isEmpty ? "" : text + "\n")
            exit(code.rawValue)
        }
        do { try console.write(text + "\n") } catch {
            console.error("\(error)")
            exit(failure.rawValue)
        }
    }
}

/// The command line with `--name -5` as `--name=-5`: ArgumentParser takes a word that starts with a dash for an option.
func joiningNegativeValues(_ words: [String]) -> [String] {
    var joined: [String] = []
    for (index, word) in words.enumerated() {
        if word == "--" { return joined + words[index...] }
        let digits = word.dropFirst()
        let isNegative =
            word.hasPrefix("-")
            && (digits.first?.isNumber == true || digits.first == "." || digits == "inf" || digits == "nan")
        if isNegative, let last = joined.last, last.hasPrefix("--"), !last.contains("=") {
            joined[joined.count - 1] = "\(last)=\(word)"
        } else {
            joined.append(word)
        }
    }
    return joined
}
