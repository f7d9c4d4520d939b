// Settings of the rows: their files, the sizes of images and videos, and the longest prompt.
internal import ImageInput
internal import ModelFamilies
public import TrainingData
public import VisionLanguageModel

/// Where the rows are and how they become prompts; the section `data` of a configuration.
public struct DataOptions: Codable, Sendable, Equatable {
    /// JSON lines to train on.
    public var train = ""
    /// JSON lines to evaluate on; never trained on.
    ///
    /// Empty: no evaluation.
    public var test = ""
    /// What happens to a row that cannot be read or lacks an image: `stop` refuses the file, `collect` sets
    /// the row aside.
    ///
    /// A row whose gold cannot be used is always set aside.
    public var rejects = RejectPolicy.stop
    /// The task of rows that name none; empty guesses it by the gold.
    public var task = ""
    /// Which key of a row is which key of the record: words KEY=VALUE, or the path of a YAML file.
    public var map = ""
    /// The most tokens of a prompt; 0 allows as many as the model has positions.
    public var maxPromptTokens = 0
    /// Fewest pixels of a resized image; 0 uses the checkpoint's own limit.
    var minPixels = 0
    /// Most pixels of a resized image; 0 uses the checkpoint's own limit.
    public var maxPixels = 0
    /// Fewest pixels of a resized video frame; 0 uses the checkpoint's own limit.
    var videoMinPixels = 0
    /// Most pixels of a resized video frame; 0 uses the checkpoint's own limit.
    var videoMaxPixels = 0
    /// Whether transparent images are drawn over white, as `qwen_vl_utils` does; otherwise alpha is dropped.
    var onWhite = false
    /// Frames per second that Qwen2.5-VL sees of a video, and the rate of a folder of images; 0 uses 2.
    public var framesPerSecond = 0.0
    /// The most frames of a video; 0 uses the family's own limit: 768 for Qwen2.5-VL, 8 for InternVL.
    public var maxFrames = 0
    /// Which release's positions the tokens of videos get.
    var videoPositions = VideoPositionRule.classical
    /// Whether a stored chat template that is none of those compiled in ends the run; otherwise it is reported.
    public var requireKnownTemplate = false

    /// The defaults.
    public init() {}
}

extension Processor {
    /// Applies the settings for images, videos and prompts.
    ///
    /// - Throws: `ModelError.badPrompt` when the limits contradict one another or the family does not use
    ///   them.
    mutating func apply(_ data: DataOptions) throws {
        try limitPixels(
            least: data.minPixels > 0 ? data.minPixels : nil, most: data.maxPixels > 0 ? data.maxPixels : nil)
        try limitVideoPixels(
            least: data.videoMinPixels > 0 ? data.videoMinPixels : nil,
            most: data.videoMaxPixels > 0 ? data.videoMaxPixels : nil)
        try sampleVideos(
            framesPerSecond: data.framesPerSecond > 0 ? data.framesPerSecond : nil,
            mostFrames: data.maxFrames > 0 ? data.maxFrames : nil)
        maxPromptTokens = data.maxPromptTokens > 0 ? data.maxPromptTokens : nil
        videoPositions = data.videoPositions
        alpha = data.onWhite ? .onWhite : .dropped
    }
}

extension LoadedModel {
    /// The model with the settings for its rows; reports what a user should know about it.
    ///
    /// - Throws: As `Processor.apply` and `requireKnownTemplate` do.
    public mutating func apply(_ data: DataOptions, report: (String) -> Void) throws {
        if data.requireKnownTemplate { try requireKnownTemplate() }
        for notice in try notices { report("warning: \(location): \(notice)") }
        try processor.apply(data)
    }
}
