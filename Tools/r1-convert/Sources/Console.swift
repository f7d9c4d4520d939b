// The streams of this tool.
import ToolKit

/// Where r1-convert prints results, messages and errors.
let console = Console(program: "r1-convert")
