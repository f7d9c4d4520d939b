// The streams of this tool.
import Settings
import ToolKit

/// Where r1-infer prints results, messages and errors.
let console = Console(program: "r1-infer")

/// Paths on the command line.
let paths = Accepted<String>.nonEmpty("a path")
