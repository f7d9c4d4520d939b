// The terminal of this tool.
import ToolKit

/// The terminal or pipes of this tool.
let console = Console(program: "r1-data")
