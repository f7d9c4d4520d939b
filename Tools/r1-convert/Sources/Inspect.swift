// r1-convert inspect: what a file holds and what it needs, without reading the weights.
import ArgumentParser
import Checkpoint
import Foundation
import ModelFamilies

/// `r1-convert inspect FILE`.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what a model or delta is: tree, sizes, types, parameters by module, memory, identity.",
        discussion: """
            Names and shapes are checked against config.json; hashes are not (verify does that).

              r1-convert inspect model.h5
              r1-convert inspect --json model.h5 | jq .identity
            """)

    @Argument(help: "An HDF5 checkpoint, a delta, BASE+DELTA, or safetensors.")
    var file: String

    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(help: "Leave the tree out.")
    var brief = false

    /// Prints the facts.
    func run() throws {
        let inspection = try CheckpointInspection(openCheckpoint(file, orDelta: true))
        guard json else { return print(inspection.text(hasTree: !brief), terminator: "") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        print(String(decoding: try encoder.encode(inspection), as: UTF8.self))
    }
}
