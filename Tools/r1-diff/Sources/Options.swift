// The options of r1-diff in groups, and what they mean to the library.
import ArgumentParser
import Checkpoint
import CheckpointDiff

/// When two elements count as equal.
struct Equality: ParsableArguments {
    @Option(help: "Absolute distance that still counts as equal.")
    var atol = 0.0

    @Option(help: "Distance relative to |b| that still counts as equal.")
    var rtol = 0.0

    @Option(help: "Steps of the element type that still count as equal; 1 is the next number it can hold.")
    var ulp = 0

    @Flag(help: "A NaN equals any other NaN.")
    var equalNan = false

    /// Checks that the numbers make sense.
    func validate() throws {
        guard atol >= 0, rtol >= 0, atol.isFinite, rtol.isFinite else {
            throw ValidationError("--atol and --rtol are numbers from 0 up")
        }
        guard ulp >= 0 else { throw ValidationError("--ulp is a number from 0 up") }
    }

    var tolerances: Tolerances {
        Tolerances(absolute: atol, relative: rtol, ulp: ulp, equalNaN: equalNan)
    }
}

/// Which tensors are compared, and under which names.
struct Selection: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only tensors and side files of this name; may be repeated.", valueName: "pattern")
    )
    var only: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave out tensors and side files of this name; may be repeated.", valueName: "pattern"))
    var ignore: [String] = []

    @Option(
        help: ArgumentHelp(
            "Rename tensors on both sides before they are matched: 'visual.*=model.visual.*'; may be repeated, "
                + "the first that fits is used.", valueName: "from=to"))
    var map: [String] = []

    @Flag(help: "Stop at the first difference.")
    var quick = false

    @Flag(help: "Take tensors with equal recorded hashes for the same without reading them.")
    var trustHashes = false

    /// Checks that the rules can be read.
    func validate() throws {
        for rule in map where NameRule(rule) == nil {
            throw ValidationError("--map \(rule): expected FROM=TO, with no more * in TO than in FROM")
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
