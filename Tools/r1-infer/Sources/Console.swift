// What the user sees: results on stdout, everything else on stderr.
import Foundation

/// The two streams of the terminal or pipe.
enum Console {
    static let inputIsTerminal = isatty(STDIN_FILENO) == 1
    static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1

    /// One line on stderr that says who speaks.
    static func note(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        aside("r1-infer: \(line)\n")
    }

    /// Text on stderr as it is.
    static func aside(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    /// A line on stderr that the next one overwrites; nothing when stderr is no terminal.
    static func progress(_ text: String) {
        if errorIsTerminal { aside("\r\(text)\u{1B}[K") }
    }

    /// A result, at once.
    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

    /// Text of a model.
    ///
    /// A terminal gets no control characters from it but line breaks and tabs: an answer must not be able to
    /// move the cursor or rename the window.
    static func writeAnswer(_ text: String) {
        write(outputIsTerminal ? withoutControls(text) : text)
    }

    /// The text with a U+FFFD in place of each control character.
    static func withoutControls(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            result.append(isControl ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }
}
