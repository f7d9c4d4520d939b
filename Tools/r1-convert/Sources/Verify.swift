// r1-convert verify: checks a file against its recorded hashes.
import ArgumentParser
import Checkpoint
import ModelFamilies
import ToolKit

/// `r1-convert verify FILE`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a checkpoint: its structure, its tensors against config.json, and every SHA-256.",
        discussion: """
            Each damaged tensor or file is named on a line with the range of bytes that contains the damage, and \
            the exit code is 1. For a delta alone the stored differences are checked; BASE+DELTA checks the resulting \
            tensors. Safetensors have no hashes, so only their structure, names and shapes are checked. The last line \
            says what was checked.

              r1-convert verify model.h5
              r1-convert verify model.h5+step.delta
            """)

    @Argument(
        help: "An HDF5 checkpoint, a delta, BASE+DELTA, or a directory of safetensors.",
        transform: paths.argument)
    var file: String

    /// Checks the file and prints what was found.
    func run() throws {
        let reader = try openCheckpoint(file, orDelta: true)
        let damages = try reader.damages()
        if let first = damages.first {
            for damage in damages {
                try printLine(
                    "\(file): damaged: \(damage.item): bytes \(damage.bytes.lowerBound) to "
                        + "\(damage.bytes.upperBound): \(damage.problem)")
            }
            throw CheckpointError.damaged(
                file: file, problem: "\(damages.count) stored items, the first \(first.item)")
        }
        if let delta = (reader as? HDF5Checkpoint)?.baseIdentity {
            try printLine("\(file): \(reader.tensors.count) tensors sound, a delta from the model \(delta)")
            return
        }
        try KeyTable.of(reader).validate(reader)
        guard let identity = reader.identity else {
            try printLine(
                "\(file): \(reader.tensors.count) tensors present; safetensors have no hashes to check")
            return
        }
        try printLine("\(file): \(reader.tensors.count) tensors and all files sound, identity \(identity)")
    }
}
