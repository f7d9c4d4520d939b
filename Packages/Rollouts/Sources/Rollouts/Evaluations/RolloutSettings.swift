// The settings of rows and evaluation: names, ranges and what the page of settings says about them.
internal import ModelFamilies
public import Settings
internal import TrainingData
internal import VisionLanguageModel

extension DataOptions: SettingGroup {
    /// The section `data`.
    public static var settings: [Setting<Self>] {
        let pixels = Accepted<Int>.whole(1...ImageSettings.mostPixels, "pixels", or: (0, "the checkpoint's"))
        return [
            .value(
                "train", \.train, .text("the path of a file of rows"),
                "Rows to train on ([data](data.md)); must be given, except with `steps: 0`."),
            .value(
                "test", \.test, .text("the path of a file of rows"),
                "Rows to evaluate on; never trained on. Empty: no evaluation."),
            .value(
                "rejects", \.rejects, .choice(),
                "A row that cannot be read or lacks an image stops the run, or is set aside in `rejects.jsonl`."
            ),
            .value(
                "task", \.task, .text("the name of a task"),
                "The task of rows that name none; empty: guessed by the gold ([layouts](data-layouts.md))."),
            .value(
                "map", \.map, .text("words KEY=VALUE or a YAML file"),
                "Which key of a row is which key of the record, for example `solution=gold images=picture`."),
            .value(
                "maxPromptTokens", \.maxPromptTokens,
                .whole(1...SamplingOptions.mostTokens, "tokens", or: (0, "the model's positions")),
                "The most tokens of a prompt."),
            .value(
                "requireKnownTemplate", \.requireKnownTemplate, .flag,
                "Refuse a model whose stored chat template is none of those compiled in; otherwise it is reported."
            ),
            .value("minPixels", \.minPixels, pixels, "Fewest pixels of a resized image."),
            .value("maxPixels", \.maxPixels, pixels, "Most pixels of a resized image."),
            .value("videoMinPixels", \.videoMinPixels, pixels, "Fewest pixels of a resized video frame."),
            .value("videoMaxPixels", \.videoMaxPixels, pixels, "Most pixels of a resized video frame."),
            .value(
                "onWhite", \.onWhite, .flag,
                "Draw transparent images over white, as `qwen_vl_utils` does; otherwise alpha is dropped."),
            .value(
                "framesPerSecond", \.framesPerSecond, ImageSettings.framesPerSecond.or(0, "2"),
                "Frames per second that Qwen2.5-VL sees of a video, and the rate of a folder of images."),
            .value(
                "maxFrames", \.maxFrames,
                .whole(2...ImageSettings.mostFrames, "frames", or: (0, "768 for Qwen2.5-VL, 8 for InternVL")),
                "The most frames of a video."),
            .value(
                "videoPositions", \.videoPositions, .choice(),
                "Which release's positions the tokens of videos get ([images](images.md))."),
        ]
    }
}

extension EvaluationOptions: SettingGroup {
    /// The section `evaluation`.
    public static var settings: [Setting<Self>] {
        [
            .value(
                "answersPerPrompt", \.answersPerPrompt, .whole(1...4096, "answers"),
                "Answers per question for the sampled score (avg@k)."),
            .value(
                "temperature", \.temperature, SamplingOptions.positiveTemperature,
                "Temperature of the sampled score."),
            .value("maxNewTokens", \.maxNewTokens, SamplingOptions.tokens, "The most tokens of an answer."),
            .value(
                "rowLimit", \.rowLimit, .whole(1...1_000_000_000, "rows", or: (0, "all")),
                "Evaluate only the first rows of the file."),
            .value(
                "batchSize", \.batchSize, .whole(1...65536, "questions"), "Questions answered together."),
            .value(
                "every", \.every,
                .whole(1...1_000_000_000, "steps", or: (0, "before and after the run only")),
                "Steps between evaluations, besides those before and after the run."),
            .list(
                "sets", \.sets, of: .nonEmpty("a path, or BENCHMARK=PATH"), "a list of paths",
                "Benchmarks to evaluate on as well, in any layout that r1-eval reads; greedy, by the rule r1."
            ),
            .value(
                "setQuestions", \.setQuestions, .whole(1...1_000_000_000, "questions", or: (0, "all")),
                "Questions of each benchmark, a fixed sample of it."),
        ]
    }
}
