// The standard streams of a command-line tool: results go to stdout, everything else to stderr.
internal import Basics
import Foundation

/// The terminal or pipes of one tool.
public struct Console: Sendable {
    /// The name that starts each message.
    let program: String
    /// Whether nothing is printed.
    private var isSilent = false

    /// The console of the tool with this name.
    public init(program: String) { self.program = program }

    /// A console that prints nothing, for a process that would repeat what another one prints.
    public var silent: Console {
        var console = self
        console.isSilent = true
        return console
    }

    /// Whether stdin is a terminal.
    public static let inputIsTerminal = isatty(STDIN_FILENO) == 1
    /// Whether stdout is a terminal.
    public static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether stderr is a terminal.
    public static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// Prints one line on stderr that starts with the program's name; line breaks in the text become spaces.
    public func note(_ text: String) { aside(Self.line(program, text) + "\n") }

    /// Prints one line on stderr that is marked as a warning.
    public func warn(_ text: String) { note("warning: \(text)") }

    /// Prints one line on stderr that is marked as an error.
    func error(_ text: String) { note("error: \(text)") }

    /// Prints text on stderr unchanged; a stderr that cannot be written is ignored, because work goes on without it.
    public func aside(_ text: String) {
        if !isSilent { _ = Streams.write(text.utf8, to: STDERR_FILENO) }
    }

    /// Prints a result on stdout without buffering it; throws an error that names the reason.
    public func write(_ text: String) throws {
        if !isSilent, let code = Streams.write(text.utf8, to: STDOUT_FILENO) {
            throw OutputFailed(reason: systemText(code))
        }
    }

    /// Prints on stdout what the command did; its result is in a file, so a stdout that cannot be written is only
    /// noted.
    public func summarize(_ text: String) {
        do { try write(text + "\n") } catch { note("\(error); the result is complete") }
    }

    /// Prints text that a model or a file supplied on stdout; throws as `write` does.
    ///
    /// On a terminal, control characters are replaced: such text must not move the cursor or rename the
    /// window.
    public func writeUntrusted(_ text: String) throws {
        try write(Self.outputIsTerminal ? Self.withoutControls(text) : text)
    }

    /// The text with U+FFFD in place of each control character except line breaks and tabs.
    static func withoutControls(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            result.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    /// A message as one line.
    static func line(_ program: String, _ text: String) -> String {
        "\(program): " + text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
