// The streams and signals of this tool.
import ArgumentParser
import Foundation
import Rollouts
import Settings
import ToolKit

/// Where r1-infer prints results, messages and errors.
let console = Console(program: "r1-infer")

/// Paths on the command line.
let paths = Accepted<String>.nonEmpty("a path")

/// What a command takes as its model.
let modelHelp: ArgumentHelp = "An HDF5 checkpoint, a directory of safetensors, or a LoRA adapter."

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
