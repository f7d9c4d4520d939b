// The option that lets a command replace an existing file, and the check that every output of a tool passes.
public import ArgumentParser
public import Outputs

/// `--overwrite`, and the claim of every output of a tool before work starts.
public struct OverwriteOption: ParsableArguments {
    /// Whether an existing output may be replaced.
    @Flag(help: "Replace an existing output; it is kept until the new one is complete.")
    public var overwrite = false

    /// Options as ArgumentParser creates them before parsing.
    public init() {}

    /// Claims an output until the returned value is gone.
    ///
    /// - Parameters:
    ///   - path: The output.
    ///   - kind: What will be written there.
    ///   - inputs: The files and folders that the command reads.
    /// - Returns: The claim; the output may be written while it exists.
    /// - Throws: `OutputError` when something is there and `--overwrite` was not given, when the output is an
    ///   input, a device or a pipe, or when another process writes it.
    public func claim(
        _ path: String, as kind: OutputClaim.Kind = .file, inputs: [String] = []
    ) throws -> OutputClaim {
        try OutputClaim(path, as: kind, existing: overwrite ? .replaced : .refused, inputs: inputs)
    }
}
