// Options of the engine's limits, for the commands that answer.
import ArgumentParser
import Settings
import ToolKit
import VisionLanguageModel

/// The limits of the engine.
struct EngineArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Maximum bytes of keys and values. (default: half of the free memory)", valueName: "n"),
        transform: EngineOptions.bytes.argument)
    var cacheBytes: Int?

    @Option(
        help: ArgumentHelp(
            "Maximum bytes of the pictures' features. (default: an eighth of the free memory)", valueName: "n"
        ),
        transform: EngineOptions.bytes.argument)
    var featureBytes: Int?

    @Option(
        help: ArgumentHelp(
            """
            Whether an answer that is alone computes guesses of its next tokens along; the answer is the same. \
            (default: true)
            """, valueName: "true|false"), transform: Accepted<Bool>.flag.argument)
    var speculation: Bool?

    /// The limits.
    var options: EngineOptions {
        var options = EngineOptions()
        (options.cacheBytes, options.featureBytes) = (cacheBytes, featureBytes)
        options.guessesTokens = speculation ?? options.guessesTokens
        return options
    }
}
