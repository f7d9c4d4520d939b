// Options of the engine's limits, for the commands that answer.
public import ArgumentParser
internal import Settings
internal import ToolKit
public import VisionLanguageModel

/// The limits of the engine.
public struct EngineArguments: ParsableArguments, Sendable {
    /// Maximum bytes of keys and values.
    @Option(
        help: ArgumentHelp(
            "Maximum bytes of keys and values. (default: half of the free memory)", valueName: "n"),
        transform: EngineOptions.bytes.argument)
    public var cacheBytes: Int?

    /// Maximum bytes of the pictures' features.
    @Option(
        help: ArgumentHelp(
            "Maximum bytes of the pictures' features. (default: an eighth of the free memory)", valueName: "n"
        ),
        transform: EngineOptions.bytes.argument)
    public var featureBytes: Int?

    /// Whether guesses of the next tokens are computed along.
    @Option(
        help: ArgumentHelp(
            """
            Whether an answer that is alone computes guesses of its next tokens along; the answer is the same. \
            (default: true)
            """, valueName: "true|false"), transform: Accepted<Bool>.flag.argument)
    public var speculation: Bool?

    /// No option given.
    public init() {}

    /// The limits.
    public var options: EngineOptions {
        var options = EngineOptions()
        (options.cacheBytes, options.featureBytes) = (cacheBytes, featureBytes)
        options.guessesTokens = speculation ?? options.guessesTokens
        return options
    }
}
