// The terminal and the signals of this tool.
import Foundation
import Rollouts
import Settings
import ToolKit

/// The terminal or pipes of this tool.
let console = Console(program: "r1-data")

/// Paths on the command line.
let files = Accepted<String>.nonEmpty("the path of a file")

/// Prints a line of progress.
func report(_ line: String) { console.aside(line + "\n") }

/// An interruption that the process's signals set: the first one asks to stop, a second one ends the process.
///
/// SIGUSR2 is there for mpirun, which passes it on and ends its processes a second after others.
func watchedInterruption() throws -> Interruption {
    let interruption = Interruption()
    try handleSignals([SIGINT, SIGTERM, SIGHUP, SIGUSR2]) { number, _ in
        if interruption.receive(number) { _exit(128 + number) }
    }
    return interruption
}
