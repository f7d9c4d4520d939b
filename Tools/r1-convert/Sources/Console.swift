// The streams of this tool.
import Settings
import ToolKit

/// Where r1-convert prints results, messages and errors.
let console = Console(program: "r1-convert")

/// Paths on the command line.
let paths = Accepted<String>.nonEmpty("a path")

/// Prints a line of a result.
func printLine(_ text: String) throws { try console.write(text + "\n") }
