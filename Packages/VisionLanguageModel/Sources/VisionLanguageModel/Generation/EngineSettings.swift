// The settings of an engine: names, ranges and meanings for options, settings files and the environment.
public import Settings

extension EngineOptions: SettingGroup {
    /// Bytes of a cache.
    public static let bytes = Accepted<Int>.whole(1 << 16...1 << 46, "bytes")
    /// Numbers of answers that are computed side by side.
    public static let answers = Accepted<Int>.whole(1...1 << 20, "answers")

    /// The settings under the names of `r1-infer`'s options.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "cache-bytes", \.cacheBytes, bytes.orNone("auto"),
                "The most bytes of keys and values, taken at once; auto grows to half of the free memory."),
            .value(
                "feature-bytes", \.featureBytes, bytes.orNone("auto"),
                "The most bytes of the pictures' features; auto is an eighth of the free memory."),
            .value(
                "prefill-tokens", \.prefillTokens, .whole(1...1 << 20, "tokens"),
                "The most prompt tokens that are computed beside a token of each running answer."),
            .value(
                "max-running", \.mostRunning, answers,
                "The most answers that are computed side by side; others wait."),
            .value(
                "speculation", \.guessesTokens, .flag,
                "Whether an answer that is alone computes guesses of its next tokens along."),
        ]
    }
}
