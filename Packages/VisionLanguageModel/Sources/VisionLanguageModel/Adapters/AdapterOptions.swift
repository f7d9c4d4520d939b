// The settings of LoRA.
internal import Foundation
internal import ModelFamilies
public import Settings

/// Which changes of low rank are trained instead of all weights; the names are PEFT's where it has one.
public struct AdapterOptions: Codable, Sendable, Equatable {
    /// The adapter to start from: a folder of PEFT or a checkpoint of a run; empty for a random start.
    public var adapter = ""
    /// The rank of the changes; 0 trains all weights.
    public var rank = 0
    /// The changes are multiplied by this, divided by the rank.
    public var alpha = 32.0
    /// Linear layers that get a change: ends of names, or regular expressions for whole names.
    public var targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    /// Whether modules of the vision tower and the connector are among them.
    public var vision = false
    /// The share of the inputs of a change that training sets to zero.
    public var dropout = 0.0
    /// Whether changes are divided by the root of the rank instead of the rank (rsLoRA; Kalajdzievski, 2023).
    public var rankStabilized = false

    /// All weights are trained.
    public init() {}

    /// What the product of the two matrices is multiplied by.
    var scale: Float {
        Float(alpha / (rankStabilized ? Double(rank).squareRoot() : Double(rank)))
    }

    /// The first target that is no regular expression; nil when all are.
    ///
    /// Why it is none does not matter: most targets are plain ends of names.
    public var badTarget: String? { targets.first { (try? Regex($0)) == nil } }

    /// Whether layers were chosen, so that an adapter must have the same ones.
    var choosesLayers: Bool {
        let defaults = AdapterOptions()
        return targets != defaults.targets || vision != defaults.vision
    }

    /// Whether a linear layer gets a change: its name or the end of it is a target, or a target matches all of it.
    func targets(_ module: String, excluding prefixes: [String]) throws -> Bool {
        if !vision, prefixes.contains(where: { module.hasPrefix($0) }) { return false }
        return try targets.contains { target in
            if module == target || module.hasSuffix("." + target) { return true }
            return try Regex(target).wholeMatch(in: module) != nil
        }
    }
}

extension AdapterOptions: SettingGroup {
    /// The section `lora`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "adapter", \.adapter, .text("the path of a folder of PEFT or of a checkpoint of LoRA"),
                "The adapter to start from; rank, alpha, targets and rsLoRA are then those of the adapter. Empty: a "
                    + "random start."),
            .value(
                "rank", \.rank, .whole(1...65536, "dimensions", or: (0, "train all weights")),
                "Rank of the changes that LoRA trains instead of the weights."),
            .value("alpha", \.alpha, .positive, "The changes are multiplied by this, divided by the rank."),
            .list(
                "targets", \.targets, of: .nonEmpty("the end of a module's name, or a regular expression"),
                atLeast: 1,
                "a list of names",
                "Linear layers that get a change: ends of their names, or regular expressions for all of them."
            ),
            .value(
                "vision", \.vision, .flag,
                "Whether modules of the vision tower and the connector are among them."),
            .value(
                "dropout", \.dropout, .number(from: 0, below: 1),
                "Share of the inputs of a change that training sets to zero."),
            .value(
                "rankStabilized", \.rankStabilized, .flag,
                "Divide by the root of the rank instead of the rank (rsLoRA)."),
        ]
    }
}
