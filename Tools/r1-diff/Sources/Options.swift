// The options of r1-diff in groups, and their translation to the library.
import ArgumentParser
import Checkpoint
import CheckpointDiff
import Settings
import ToolKit

/// When two elements count as equal.
struct Equality: ParsableArguments {
    @Option(
        help: "Absolute difference that still counts as equal. Even 0 compares by value, not bits.",
        transform: Accepted.nonNegative().argument)
    var atol: Double?

    @Option(
        help: "Difference relative to |b| that still counts as equal; also compares by value.",
        transform: Accepted.nonNegative().argument)
    var rtol: Double?

    @Option(
        help: "Steps of the element type that still count as equal; 1 is the next number.",
        transform: Accepted.whole(0...Int.max).argument)
    var ulp: Int?

    @Flag(help: "A NaN equals any other NaN.")
    var equalNan = false

    var tolerances: Tolerances {
        Tolerances(absolute: atol, relative: rtol, ulp: ulp, equalNaN: equalNan)
    }
}

/// Which tensors are compared, and under which names.
struct Selection: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Compare only tensors and side files with this name; may be repeated.", valueName: "pattern")
    )
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave out tensors and side files with this name; may be repeated.", valueName: "pattern"))
    var ignore: [String] = []

    @Option(
        help: ArgumentHelp(
            "Rename tensors on both sides before they are matched: 'visual.*=model.visual.*'; may be repeated, "
                + "the first rule that matches a name applies.", valueName: "from=to"))
    var map: [String] = []

    @Flag(help: "Stop at the first difference.")
    var quick = false

    @Flag(help: "Treat tensors with equal recorded hashes as equal without reading them.")
    var trustHashes = false

    /// Checks that the rules are well formed.
    func validate() throws {
        for rule in map where NameRule(rule) == nil {
            throw ValidationError("--map \(rule): expected FROM=TO with at most as many * in TO as in FROM")
        }
    }

    func options(_ tolerances: Tolerances) throws -> ComparisonOptions {
        var options = ComparisonOptions()
        options.tolerances = tolerances
        options.only = only.map(NamePattern.init)
        options.ignored = ignore.map(NamePattern.init)
        options.rules = map.compactMap(NameRule.init)
        options.isQuick = quick
        options.trustsHashes = trustHashes
        return options
    }
}
