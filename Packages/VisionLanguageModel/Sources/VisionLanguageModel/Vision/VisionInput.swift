// What a vision tower reads in place of one image or video, and the tokens that it replaces: values, the same for
// every family.
public import ImageInput

/// One image or one video, preprocessed.
public struct VisionInput: Sendable {
    /// What the tower reads; only the tower of the same family knows the meaning of its rows.
    public let pixels: PixelRows
    /// The runs of equal tokens that the features replace: one for an image; one or several for a video.
    public let runs: [TokenRun]
    /// Size of the upright original in pixels: what boxes in data refer to.
    public let originalSize: (width: Int, height: Int)
    /// Size of the plane in which the model writes boxes: the resized image in pixels, or thousandths of both sides.
    public let answerBoxSize: (width: Double, height: Double)
    /// Whether it is a video.
    public let isVideo: Bool
    /// Names the pixels within this process; equal for equal pixels.
    let contentHash: ContentHash
    /// What the tower gets, in words for people, such as `448 x 336`.
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

    /// Tokens that it takes in a prompt.
    public var tokenCount: Int { runs.reduce(0) { $0 + $1.count } }
}

/// Normalized pixels in the order in which a tower reads them.
public struct PixelRows: Sendable, Equatable {
    /// The values, row-major.
    public let values: [Float]
    /// The sizes of the dimensions, outermost first.
    public let shape: [Int]

    /// Pixels; the shape has as many elements as there are values.
    public init(_ values: [Float], shape: [Int]) { (self.values, self.shape) = (values, shape) }
}

/// A run of equal tokens that features replace.
public struct TokenRun: Sendable, Equatable {
    /// Number of tokens.
    public let count: Int
    /// How the tokens count time, rows and columns; nil when they count like text.
    let grid: TokenGrid?

    /// A run that counts like text.
    public init(count: Int) { (self.count, grid) = (count, nil) }

    /// A run with a place in time, row and column for each token.
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
    /// How fast the steps pass; nil for an image.
    let pace: Pace?

    /// How fast the steps of a video pass.
    public struct Pace: Sendable, Equatable {
        /// Seconds between two steps.
        let secondsPerStep: Double
        /// Positions that pass in a second.
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
