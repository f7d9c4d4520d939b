// The settings of rewards: names, ranges and what the page of settings says about them.
public import Settings

extension RewardOptions: SettingGroup {
    /// The section `rewards`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "formatWeight", \.formatWeight, .nonNegative(),
                "Weight of the format reward: `total = accuracy + formatWeight * format`."),
            .groups(
                "formatSchedule", \.formatSchedule, "Weights of the format reward that change with training."),
            .table("tasks", \.tasks, by: "TASK", "Factors of the parts of a task's rewards."),
            .group("format", \.format), .group("chart", \.chart), .group("iou", \.iou),
            .group("bmas", \.bmas),
            .table(
                "external", \.external, by: "TASK",
                "Scorers in other programs, by task; they can replace built-in rewards ([rewards](rewards.md))."
            ),
        ]
    }
}

extension WeightStage: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "from", \.from, .number(from: 0, to: 1),
                "Share of the training from which the weight applies."
            ),
            .value("weight", \.weight, .nonNegative(), "The weight."),
        ]
    }
}

extension TaskFactors: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value("accuracy", \.accuracy, .nonNegative(), "Of the task's own reward."),
            .value("format", \.format, .nonNegative(), "Of the weighted format reward."),
        ]
    }
}

extension FormatOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "rule", \.rule, .choice(),
                "`whole`: 1 when the whole answer is `<think>...</think><answer>...</answer>`, else 0. `perTag`: a "
                    + "quarter for each of the four tags that occurs once.")
        ]
    }
}

extension ChartOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "rule", \.rule, .choice(),
                "How numbers and short texts are compared: the tolerant rule, or ChartQA's literal one."),
            .value(
                "tolerance", \.tolerance, .number(from: 0, below: 1),
                "Relative difference that still counts as right."),
            .value(
                "zeroTolerance", \.zeroTolerance, .number(from: 0, below: 1),
                "Absolute difference from a gold of zero, in the tolerant rule."),
            .value(
                "exact", \.exact, .choice(),
                "Golds that the tolerant rule compares exactly: none, years from 1000 to 2999, or all whole numbers."
            ),
        ]
    }
}

extension IoUOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "scoring", \.scoring, .choice(),
                "The overlap itself, 1 from the threshold on, or the overlap from the threshold on."),
            .value(
                "threshold", \.threshold, .number(from: 0, to: 1),
                "Overlap for `threshold` and `gated`, before any stage of the schedule."),
            .groups("schedule", \.schedule, "Thresholds that rise with training."),
            .value("assignment", \.assignment, .choice(), "How several boxes are paired with golds."),
            .value(
                "penalizesCount", \.penalizesCount, .flag,
                "Divide by the larger count of boxes, so that extra boxes cost; else by the number of golds."),
        ]
    }
}

extension IoUOptions.Stage: SettingGroup {
    /// The start of training, with the default threshold.
    init() { self.init(from: 0, threshold: 0.5) }

    static var settings: [Setting<Self>] {
        [
            .value(
                "from", \.from, .number(from: 0, to: 1), "Share of the training from which the stage applies."
            ),
            .value("threshold", \.threshold, .number(from: 0, to: 1), "The threshold of the stage."),
        ]
    }
}

extension BMASOptions: SettingGroup {
    static var settings: [Setting<Self>] {
        [
            .value(
                "variant", \.variant, .choice(),
                "How token similarities become a score: the paper's mean, a harmonic mean, or one-to-one pairs."
            ),
            .list(
                "stopWords", \.stopWords, of: .nonEmpty("a word"), "a list of words",
                "Words whose tokens are ignored on both sides."),
            .value(
                "floor", \.floor, .number(from: 0, below: 1),
                "Similarity of unrelated texts; the score is rescaled above it. 0 is off."),
            .value(
                "minimumDistinctShare", \.minimumDistinctShare, .number(from: 0, to: 1),
                "Below this share of distinct tokens a score shrinks. 0 is off."),
            .value(
                "lengthRatioLimit", \.lengthRatioLimit, .number(from: 1, to: 1e6).or(0, "off"),
                "Above this ratio of the two lengths a score shrinks."),
            .value(
                "maximumTokens", \.maximumTokens, .whole(1...65536, "tokens"),
                "Tokens of each text that are scored."),
            .value(
                "cachedRows", \.cachedRows, .whole(1...16_777_216, "rows"),
                "Normalized rows of the embedding table that are kept."),
        ]
    }
}

extension ExternalScorerOptions: SettingGroup {
    /// No program yet: a settings file must name one.
    init() { self.init(command: []) }

    static var settings: [Setting<Self>] {
        [
            .list(
                "command", \.command, of: .text("a word of the command"), atLeast: 1,
                "a list with a program and its arguments",
                "The program, by path or in PATH, and its arguments."),
            .value(
                "timeLimit", \.timeLimit, .number(above: 0, to: 3600, "seconds"),
                "Seconds that one answer may take."),
            .value(
                "failureLimit", \.failureLimit,
                .whole(1...1_000_000_000, "failures", or: (0, "never ends the run")),
                "Failures in a row that end the run."),
        ]
    }
}
