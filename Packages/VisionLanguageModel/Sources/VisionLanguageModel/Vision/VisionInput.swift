// The vision tower's input for one image or video, and the tokens that its features replace: the same value
// types for every family.
public import ImageInput

/// One image or one video, preprocessed.
public struct VisionInput: Sendable {
    /// The tower's input; only the tower of the same family knows the meaning of its rows.
    public let pixels: PixelRows
    /// The runs of equal tokens that the features replace: one for an image; one or several for a video.
    public let runs: [TokenRun]
    /// Size of the upright original in pixels; boxes in data refer to it.
    public let originalSize: (width: Int, height: Int)
    /// Size that the model's boxes refer to: the resized image in pixels, or thousandths of both sides.
    public let answerBoxSize: (width: Double, height: Double)
    /// Whether it is a video.
    public let isVideo: Bool
    /// Identifies the pixels within this process; equal for equal pixels.
    let contentHash: ContentHash
    /// A readable description of the tower's input, such as `448 x 336`.
    public let seenAs: String

    /// An input.
    public init(
        pixels: PixelRows, runs: [TokenRun], originalSize: (width: Int, height: Int),
        answerBoxSize: (width: Double, height: Double), isVideo: Bool, contentHash: ContentHash,
        seenAs: String
    ) {
        self.pixels = pixels
        self.runs = runs
        self.originalSize = originalSize
        self.answerBoxSize = answerBoxSize
        self.isVideo = isVideo
        self.contentHash = contentHash
        self.seenAs = seenAs
    }

    /// Number of tokens in a prompt.
    public var tokenCount: Int { runs.reduce(0) { $0 + $1.count } }
}

/// Normalized pixels in the order that a tower reads.
public struct PixelRows: Sendable, Equatable {
    /// The values, row-major.
    public let values: [Float]
    /// The sizes of the dimensions, outermost first.
    public let shape: [Int]

    /// Pixels; the shape has as many elements as `values`.
    public init(_ values: [Float], shape: [Int]) { (self.values, self.shape) = (values, shape) }
}

/// A run of equal tokens that features replace.
public struct TokenRun: Sendable, Equatable {
    /// Number of tokens.
    public let count: Int
    /// The tokens' layout in time, rows and columns; nil when their positions advance like text.
    let grid: TokenGrid?

    /// A run whose positions advance like text.
    public init(count: Int) { (self.count, grid) = (count, nil) }

    /// A run in which each token has a position in time, row and column.
    public init(grid: TokenGrid) { (count, self.grid) = (grid.steps * grid.rows * grid.columns, grid) }
}

/// Tokens in steps of time, rows and columns.
public struct TokenGrid: Sendable, Equatable {
    /// Steps in time, 1 for an image.
    let steps: Int
    /// Tokens from top to bottom.
    public let rows: Int
    /// Tokens from left to right.
    public let columns: Int
    /// The speed of the steps; nil for an image.
    let pace: Pace?

    /// The speed of a video's steps.
    public struct Pace: Sendable, Equatable {
        /// Seconds between two steps.
        let secondsPerStep: Double
        /// Positions per second.
        let tokensPerSecond: Double

        /// A pace.
        public init(secondsPerStep: Double, tokensPerSecond: Double) {
            (self.secondsPerStep, self.tokensPerSecond) = (secondsPerStep, tokensPerSecond)
        }
    }

    /// A grid.
    public init(steps: Int, rows: Int, columns: Int, pace: Pace? = nil) {
        (self.steps, self.rows, self.columns, self.pace) = (steps, rows, columns, pace)
    }
}
