// The streams and signals of this tool.
import ArgumentParser
import Collectives
import Foundation
import ModelOptions
import Rollouts
import Settings
import TensorMath
import ToolKit
import TrainingRuns

/// Where r1-train prints results, messages and errors.
let console = Console(program: "r1-train")

/// Paths on the command line.
let files = Accepted<String>.nonEmpty("the path of a file")
let folders = Accepted<String>.nonEmpty("the path of a folder")

/// Prints a line of progress.
func report(_ line: String) { console.aside(line + "\n") }

/// The message of an error, in the words of the command line.
func text(of error: any Error) -> String {
    switch error {
    case RunError.badAssignment: "--set \(error)"
    case RunError.alreadyARun(let path):
        "cannot write \(path): it already contains a run; resume it with `r1-train resume \(path)` "
            + "or name another folder"
    case RunError.damagedCheckpoint(let path, let problem, let step?):
        "\(problem); the checkpoint after step \(step) is sound: resume from it with "
            + "`r1-train resume \(path) --from \(step)`"
    case RunError.damagedCheckpoint(let path, let problem, nil):
        "\(problem); no other checkpoint is sound: start again from the run's model with "
            + "`r1-train resume \(path) --from 0`"
    default: "\(error)"
    }
}

/// An interruption that the process's signals set: the first one asks to save and stop, a second one ends the process.
func watchedInterruption() throws -> Interruption {
    let interruption = Interruption()
    // Before the run can take a request to save, there is nothing to save.
    signal(SIGUSR1, SIG_IGN)
    // SIGUSR2 asks to stop, too: mpirun passes it on.
    try handleSignals([SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2]) { number, _ in
        if interruption.receive(number) { _exit(128 + number) }
    }
    return interruption
}

/// Runs a training run, or this process's part of it, to its end; process 0 prints its table.
///
/// A console that cannot be written changes nothing: the table is also in the run's report.
func finish(
    _ folder: String, _ processes: WorldOptions,
    _ make: (any World, Interruption, @escaping (RunProgress) -> Void) throws -> TrainingRun
) throws {
    let interruption = try watchedInterruption()
    try processes.join(console, message: text) { world in
        let (isFirst, shown) = (world.rank == 0, RunConsole())
        do {
            let run = try make(world, interruption) { if isFirst { shown.show($0) } }
            if isFirst, let warning = blasWarning() { console.warn("\(warning)") }
            let summary = try run.run()
            guard isFirst else { return }
            console.summarize(summary.table)
            report("written to \(folder)")
        } catch let stop as Interruption.Stopped {
            if isFirst { report("stopped and saved; resume with: r1-train resume \(folder)") }
            throw ExitCode(128 + stop.signal)
        }
    }
}
