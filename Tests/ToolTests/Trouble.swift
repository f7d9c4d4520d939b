// What every tool does with bad input: one line on stderr that can be acted on, and an exit code.
import Testing

extension ToolResult: CustomTestStringConvertible {
    /// The lines of stderr.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    var testDescription: String { "exit code \(exitCode)\n\(output)\n\(errors)" }
}

/// Expects the one line that every tool prints for trouble, containing all of `parts`, and its exit code.
///
/// The code is 1; `r1-diff` has 2, because there 1 says that the models differ.
func expectTrouble(
    _ result: ToolResult, from tool: String, naming parts: [String], exitCode: Int32 = 1,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.exitCode == exitCode, "\(result.testDescription)", sourceLocation: sourceLocation)
    // r1-infer says first what it did about the model's hashes.
    let errorLines = result.errorLines.filter { !$0.contains("verified every SHA-256") }
    #expect(
        errorLines.count == 1, "one line is wanted\n\(result.errors)", sourceLocation: sourceLocation)
    let line = result.errorLines.last ?? ""
    #expect(line.hasPrefix("\(tool): error: "), "\(line)", sourceLocation: sourceLocation)
    for part in parts {
        #expect(line.contains(part), "'\(part)' is not in: \(line)", sourceLocation: sourceLocation)
    }
}
