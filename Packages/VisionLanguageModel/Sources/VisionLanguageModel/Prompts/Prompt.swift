// One question as the model reads it.
public import ModelFamilies

/// One question as the model reads it: tokens, images and videos, and the position of each token.
public struct Prompt: Sendable {
    /// Token ids; image and video tokens are repeated, one per feature row.
    public let ids: [Int32]
    /// The images and videos whose features replace such tokens, in order.
    public let visuals: [VisionInput]
    /// The position of each token.
    let positions: Positions
    /// Rows of `ids` whose embeddings are replaced.
    public let visualRows: [Int]
    /// Lays out tokens, images and videos.
    ///
    /// - Parameters:
    ///   - ids: Token ids with a run of image or video tokens for each of `visuals`.
    ///   - visuals: In the order of their tokens.
    ///   - configuration: Configuration of the model that will read the prompt.
    /// - Throws: `ModelError.badPrompt` when tokens and features do not match.
    public init(ids: [Int32], visuals: [VisionInput], configuration: ModelConfiguration) throws {
        var positions = Positions()
        var visualRows: [Int] = []
        var waiting = visuals.flatMap { visual in
            visual.runs.map { (isVideo: visual.isVideo, run: $0) }
        }[...]
        let runCount = waiting.count
        var at = 0
        while at < ids.count {
            guard ids[at] == configuration.imageTokenID || ids[at] == configuration.videoTokenID else {
                positions.appendText(1)
                at += 1
                continue
            }
            guard let (isVideo, run) = waiting.popFirst() else {
                throw ModelError.badPrompt(
                    "token \(at) is a place for pixels, but all \(visuals.count) images and videos are used")
            }
            let end = at + run.count
            let id =
                isVideo
                ? configuration.videoTokenID ?? configuration.imageTokenID : configuration.imageTokenID
            guard end <= ids.count, ids[at..<end].allSatisfy({ $0 == id }) else {
                let kind = isVideo ? "video" : "image"
                throw ModelError.badPrompt(
                    "the \(kind) at token \(at) needs \(run.count) \(kind) tokens in a row")
            }
            positions.append(run, configuration.videoPositions)
            visualRows += at..<end
            at = end
        }
        guard waiting.isEmpty else {
            throw ModelError.badPrompt(
                "\(visuals.count) images and videos need \(runCount) runs of tokens, found \(runCount - waiting.count)"
            )
        }
        (self.ids, self.visuals, self.positions) = (ids, visuals, positions)
        self.visualRows = visualRows
    }
}

extension Positions {
    /// Appends a run of tokens that features replace, positioned by time, row and column, or like text.
    mutating func append(_ run: TokenRun, _ rule: VideoPositionRule) {
        guard let grid = run.grid else { return appendText(run.count) }
        guard let pace = grid.pace else {
            for _ in 0..<grid.steps { appendImage(rows: grid.rows, columns: grid.columns) }
            return
        }
        appendVideo(
            steps: grid.steps, rows: grid.rows, columns: grid.columns, secondsPerStep: pace.secondsPerStep,
            tokensPerSecond: pace.tokensPerSecond, rule: rule)
    }
}
