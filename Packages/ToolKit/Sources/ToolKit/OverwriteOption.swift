// The option that lets a command replace an existing file.
public import ArgumentParser
import Foundation

/// `--overwrite`, and the check that every output of a tool passes before work starts.
public struct OverwriteOption: ParsableArguments {
    /// Whether an existing output may be replaced.
    @Flag(help: "Replace an existing output; it is kept until the new one is complete.")
    public var overwrite = false

    /// Options as ArgumentParser creates them before parsing.
    public init() {}

    /// Throws `OutputExists` when there is something at `path` and `--overwrite` was not given.
    public func check(_ path: String) throws {
        if !overwrite { try Self.requireAbsent(path) }
    }

    /// Throws `OutputExists` when there is something at `path`.
    static func requireAbsent(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { throw OutputExists(path: path) }
    }
}

/// The output of a command exists and may not be replaced.
struct OutputExists: Error, Equatable, CustomStringConvertible {
    /// The output.
    let path: String

    /// One line that names the output and the option.
    var description: String { "\(path): cannot write: it already exists; --overwrite replaces it" }
}
