// r1-convert verify: whether a file still holds what was stored in it.
import ArgumentParser
import Checkpoint
import ModelFamilies

/// `r1-convert verify FILE`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a checkpoint: its structure, its tensors against config.json, and every SHA-256.",
        discussion: """
            Damaged tensors and files are named one a line with the bytes of the file among which the damage is, \
            and the exit code is 1. Of a delta alone the stored differences are checked; BASE+DELTA checks the tensors \
            that they give. Safetensors carry no hashes, so for them only structure, names and shapes are checked; the \
            last line says which it was.

              r1-convert verify model.h5
              r1-convert verify model.h5+step.delta
            """)

    @Argument(help: "An HDF5 checkpoint, a delta, BASE+DELTA, or a directory of safetensors.")
    var file: String

    /// Checks the file and prints what was found.
    func run() throws {
        let reader = try openCheckpoint(file, orDelta: true)
        let damages = try reader.damages()
        if let first = damages.first {
            for damage in damages {
                print(
                    "\(file): damaged: \(damage.item): bytes \(damage.bytes.lowerBound) to "
                        + "\(damage.bytes.upperBound): \(damage.problem)")
            }
            throw CheckpointError.damaged(
                file: file, problem: "\(damages.count) stored items, the first \(first.item)")
        }
        if let delta = (reader as? HDF5Checkpoint)?.baseIdentity {
            print("\(file): \(reader.tensors.count) tensors sound, a delta against the model \(delta)")
            return
        }
        try KeyTable.of(reader).validate(reader)
        guard let identity = reader.identity else {
            print("\(file): \(reader.tensors.count) tensors in place; safetensors carry no hashes to check")
            return
        }
        print("\(file): \(reader.tensors.count) tensors and all files sound, identity \(identity)")
    }
}
