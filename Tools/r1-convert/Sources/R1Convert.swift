// r1-convert: public weights to one HDF5 file, back, from one layout to the other, and a check of a file's hashes.
public import ArgumentParser
public import Checkpoint
import Foundation

/// The command line of `r1-convert`.
@main
struct R1Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "r1-convert",
        abstract: "Turn public weights into one HDF5 checkpoint, and back.",
        usage: """
            r1-convert [--layout mapped|compressed] [--overwrite] [--verbose] <source> <destination>
            r1-convert verify <file>
            """,
        discussion: """
            The direction follows from what SOURCE is. A directory of safetensors becomes one HDF5 file with \
            all tensors, the side files byte for byte and a SHA-256 for each; an HDF5 file becomes the directory \
            it came from, with the same shards, or, when DEST ends in .h5, an HDF5 file in another layout.

              r1-convert Qwen2.5-VL-3B-Instruct model.h5      public weights to HDF5
              r1-convert run/step-000100.h5 exported          a trained model back
              r1-convert --layout compressed model.h5 small.h5   the same model in a smaller file
              r1-convert verify model.h5                      recompute every hash

            An existing destination is refused unless --overwrite is given, and stays until the new one is \
            complete: the result appears under its name whole or not at all. Exit code 0 is success, 1 trouble (one \
            line on stderr), 64 a wrong command line.
            """,
        subcommands: [Convert.self, Verify.self], defaultSubcommand: Convert.self)

    /// Runs the command; what goes wrong becomes one line on stderr and exit code 1.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error where exitCode(for: error) == .failure && !(error is ExitCode) {
            let line = "r1-convert: error: \(error)".replacingOccurrences(of: "\n", with: " ")
            FileHandle.standardError.write(Data("\(line)\n".utf8))
            exit(withError: ExitCode(1))
        } catch {
            exit(withError: error)
        }
    }
}

/// `r1-convert SOURCE DEST`.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Convert SOURCE to DEST (what r1-convert does without a subcommand).")

    @Argument(help: "A directory with safetensors and config.json, or an HDF5 checkpoint.")
    var source: String

    @Argument(help: "The file NAME.h5 to write, or a directory to write when SOURCE is HDF5.")
    var destination: String

    @Option(
        help: ArgumentHelp(
            "How NAME.h5 stores its bytes: mapped opens at once and is never copied; compressed is smaller.",
            valueName: "mapped|compressed"))
    var layout: CheckpointLayout?

    @Flag(help: "Replace an existing DEST; it stays until the new one is complete.")
    var overwrite = false

    @Flag(help: "Name each tensor on stderr.")
    var verbose = false

    /// Chooses the direction and converts.
    func run() throws {
        let reader = try openCheckpoint(source)
        let isExport = !destination.hasSuffix(".h5")
        guard !isExport || reader is HDF5Checkpoint else {
            throw ValidationError("\(source) holds safetensors, so DEST ends in .h5; found \(destination)")
        }
        guard !isExport || layout == nil else {
            throw ValidationError("--layout is for HDF5; DEST is the directory \(destination)")
        }
        if !overwrite, FileManager.default.fileExists(atPath: destination) {
            throw CheckpointError.cannotWrite(
                file: destination, reason: "it already exists; --overwrite replaces it")
        }
        if let directory = reader as? SafetensorsDirectory, !directory.leftOut.isEmpty {
            note("left out, no part of the checkpoint: \(directory.leftOut.joined(separator: ", "))")
        }
        if isExport, !reader.trainingTensors.isEmpty || reader.trainerState != nil {
            note("left out, safetensors have no place for it: the training state")
        }
        if isExport {
            try writeSafetensors(reader, to: destination, replacing: overwrite)
        } else {
            try writeHDF5(reader, to: destination, layout: layout ?? .mapped) { progress in
                let tensor = progress.tensor
                if verbose {
                    note(
                        "[\(progress.number + 1)/\(progress.count)] \(tensor.name) \(tensor.dtype) \(tensor.shape)"
                    )
                }
            }
        }
        print(
            "\(destination): \(reader.tensors.count) tensors, \(byteText(reader.tensorByteCount)), "
                + "\(reader.sideFileNames.count) side files" + (layout == .compressed ? try saving() : ""))
    }

    /// How large the compressed file became.
    private func saving() throws -> String {
        let size = try FileManager.default.attributesOfItem(atPath: destination)[.size] as? Int
        return size.map { ", \(byteText($0)) compressed" } ?? ""
    }

    private func note(_ text: String) {
        FileHandle.standardError.write(Data("r1-convert: \(text)\n".utf8))
    }
}

extension CheckpointLayout: @retroactive ExpressibleByArgument {}

/// `r1-convert verify FILE`.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a checkpoint: its structure, its tensors against config.json, and every SHA-256.",
        discussion: """
            Damaged tensors and files are named one a line, and the exit code is 1. Safetensors carry no hashes, so \
            for them only structure, names and shapes are checked; the last line says which it was.

              r1-convert verify model.h5
            """)

    @Argument(help: "An HDF5 checkpoint, or a directory of safetensors.")
    var file: String

    /// Checks the file and prints what was found.
    func run() throws {
        let reader = try openCheckpoint(file)
        guard let checkpoint = reader as? HDF5Checkpoint else {
            try KeyTable.of(reader).validate(reader)
            print("\(file): \(reader.tensors.count) tensors in place; safetensors carry no hashes to check")
            return
        }
        let damaged = try checkpoint.verify()
        guard damaged.isEmpty else {
            for name in damaged { print("\(file): damaged: \(name) does not have its recorded SHA-256") }
            throw CheckpointError.damaged(
                file: file, problem: "\(damaged.count) stored items, the first \(damaged[0])")
        }
        try KeyTable.of(reader).validate(reader)
        print(
            "\(file): \(reader.tensors.count) tensors and all files sound, identity \(reader.identity ?? "none")"
        )
    }
}
