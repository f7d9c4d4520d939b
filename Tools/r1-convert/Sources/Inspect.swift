// r1-convert inspect: describes a file without reading its weights.
import ArgumentParser
import Checkpoint
import Foundation
import ModelFamilies
import ToolKit

/// `r1-convert inspect FILE`.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Describe a model or delta: tree, sizes, types, parameters by module, memory, identity.",
        discussion: """
            Names and shapes are checked against config.json; verify checks the hashes.

              r1-convert inspect model.h5
              r1-convert inspect --json model.h5 | jq .identity
            """)

    @Argument(
        help: "An HDF5 checkpoint, a delta, BASE+DELTA, safetensors, or weights of PyTorch.",
        transform: paths.argument)
    var file: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Leave the tree out.")
    var brief = false

    /// Prints the facts.
    func run() throws {
        let inspection = try CheckpointInspection(openCheckpoint(file, orDelta: true, orForeign: true))
        guard json else { return try console.write(inspection.text(hasTree: !brief)) }
        try console.write(String(decoding: try JSONEncoder.forReports().line(inspection), as: UTF8.self))
    }
}
