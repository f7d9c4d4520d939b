// The settings of the guard against values that are not finite.
public import Settings

/// What a run does about values that are not finite.
public struct NonFiniteOptions: Codable, Sendable, Equatable {
    /// So many skipped updates in a row end the run.
    public var skipLimit = 5
    /// The most dumps of a run; 0 writes none.
    public var dumps = 3

    /// The defaults.
    public init() {}
}

extension NonFiniteOptions: SettingGroup {
    /// The section `nonFinite`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "skipLimit", \.skipLimit, .whole(1...1_000_000_000, "updates"),
                "An update whose loss or gradient is not finite is skipped; so many in a row end the run."),
            .value(
                "dumps", \.dumps, .whole(1...1_000_000, "dumps", or: (0, "none")),
                "The most folders `nonfinite/step-N`, which tell what led to values that are not finite."),
        ]
    }
}
