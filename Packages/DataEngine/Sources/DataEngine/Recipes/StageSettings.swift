// The settings of a recipe's stages.
public import Settings

/// How rows are deduplicated.
public struct DedupeSettings: SettingGroup {
    /// What is compared.
    public enum Pictures: String, Sendable, CaseIterable {
        /// The bytes of pictures and what they look like.
        case looks
        /// Their bytes only.
        case exact
        /// Nothing: the stage is left out.
        case off
    }

    /// How pictures are compared.
    public var pictures = Pictures.looks
    /// The most different bits of pictures that look the same.
    public var distance = 4
    /// What a leak of an evaluation set is.
    public var leak = Deduplication.Leak.question

    /// The defaults.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value("pictures", \.pictures, .choice(), "How pictures are compared; off leaves the stage out."),
            .value(
                "distance", \.distance, .whole(0...16, "bits"),
                "Different bits of pictures that look the same."),
            .value("leak", \.leak, .choice(), "What a leak of an evaluation set is."),
        ]
    }

    /// The options of the stage; nil leaves it out.
    var options: Deduplication? {
        guard pictures != .off else { return nil }
        var options = Deduplication()
        (options.distance, options.leak) = (pictures == .looks ? distance : nil, leak)
        return options
    }
}

/// How rows are rated.
public struct RateSettings: SettingGroup {
    /// The checkpoint that answers; empty leaves rating and filter out.
    public var model = ""
    /// A file of settings of a training run; empty for the defaults.
    public var config = ""
    /// Settings as `path=value`.
    public var set: [String] = []

    /// No rating.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value("model", \.model, .text("the path of a checkpoint"), "The checkpoint that answers."),
            .value("config", \.config, .text("the path of a file"), "Settings of a training run."),
            .list(
                "set", \.set, of: .nonEmpty("path=value"), "a list of settings path=value", "Single settings."
            ),
        ]
    }
}

/// Which rated rows are kept.
public struct FilterSettings: SettingGroup {
    /// The largest spread that counts as all equal.
    public var epsilon = 0.0
    /// The band of mean rewards.
    public var meanFrom = -1.0, meanTo = 2.0
    /// The most rows of a task.
    public var limits: [String: Int] = [:]
    /// The rewards that are compared.
    public var reward = RatedReward.accuracy

    /// The paper's filter.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "epsilon", \.epsilon, .number(from: 0, below: 2), "The largest spread that counts as equal."),
            .value(
                "meanFrom", \.meanFrom, .number(from: -1, to: 2), "The least mean reward; -1 for no bound."),
            .value("meanTo", \.meanTo, .number(from: -1, to: 2), "The largest mean reward; 2 for no bound."),
            .values(
                "limits", \.limits, by: "TASK", .whole(0...1_000_000_000, "rows"), "The most rows of a task."),
            .value("reward", \.reward, .choice(), "The rewards that are compared."),
        ]
    }

    /// The selection of the stage.
    var selection: RowSelection {
        var selection = RowSelection()
        (selection.epsilon, selection.limits, selection.reward) = (epsilon, limits, reward)
        selection.meanFrom = meanFrom == -1 ? nil : meanFrom
        selection.meanTo = meanTo == 2 ? nil : meanTo
        return selection
    }
}

/// The mixture.
public struct MixSettings: SettingGroup {
    /// Rows of the mixture; 0 for as many as counts and weights allow.
    public var total = 0
    /// Rows and shares by group.
    public var counts: [String: Int] = [:], weights: [String: Double] = [:]
    /// Whether rows of scarce groups are repeated.
    public var repeats = false

    /// All rows.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "total", \.total, .whole(0...1_000_000_000, "rows"),
                "Rows of the mixture; 0 for as many as can be."),
            .values(
                "counts", \.counts, by: "GROUP", .whole(0...1_000_000_000, "rows"), "Rows by task:source."),
            .values("weights", \.weights, by: "GROUP", .positive, "Shares by task:source."),
            .value("repeat", \.repeats, .flag, "Repeat the rows of groups that have too few."),
        ]
    }
}

/// An export of the rows.
public struct ExportSettings: SettingGroup {
    /// The layout.
    public var layout = ExportLayout.record
    /// The file, in the work folder.
    public var output = ""
    /// Whether rows end with the answer to learn.
    public var withAnswers = false

    /// An export without a name.
    public init() {}

    /// The settings.
    public static var settings: [Setting<Self>] {
        [
            .value("to", \.layout, .choice(), "The layout."),
            .value("output", \.output, .nonEmpty("the name of a file"), "The file, in the work folder."),
            .value("withAnswers", \.withAnswers, .flag, "End each row with the answer to learn."),
        ]
    }
}
