// The options with which programs take the settings of a training run.
public import ArgumentParser

/// A file of settings and single ones over it.
public struct SettingsOptions: ParsableArguments {
    /// The file, or nil for the defaults.
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("Settings of a training run, laid over the defaults.", valueName: "file.yaml"))
    public var file: String?

    /// Each `path=value`, in the order of the command line.
    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp(
            "One setting, for example grpo.groupSize=4 or rewards.chart.exact=years. May be repeated.",
            valueName: "path=value"))
    public var assignments: [String] = []

    /// Options as ArgumentParser creates them before parsing.
    public init() {}
}

/// Whether an unknown chat template is an error.
public struct KnownTemplateOption: ParsableArguments {
    /// The flag.
    @Flag(
        help: """
            Refuse a model whose stored chat template is none of those compiled in; otherwise it is reported. The \
            same as data.requireKnownTemplate=true.
            """)
    public var requireKnownTemplate = false

    /// The flag as a setting.
    public var assignments: [String] { requireKnownTemplate ? ["data.requireKnownTemplate=true"] : [] }

    /// Options as ArgumentParser creates them before parsing.
    public init() {}
}
