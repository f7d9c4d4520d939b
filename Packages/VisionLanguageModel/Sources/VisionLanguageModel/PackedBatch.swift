// A batch without padding: prompts and their answers, one after another, with the layout that keeps them
// apart. The answers of one group share their prompt's rows: it is computed once.
internal import Basics
public import TensorMath

/// One question as the model reads it: tokens, what is seen, and where each token stands.
public struct Prompt: Sendable {
    /// Token ids; those that stand for pixels repeated.
    public let ids: [Int32]
    /// The images and videos whose features replace such tokens, in order.
    public let visuals: [VisionInput]
    /// Where each token stands.
    public let positions: Positions
    /// Rows of `ids` whose embeddings are replaced.
    public let visualRows: [Int]
    /// For each of `visuals` the rows from its first token to its last; between the frames of some are other tokens.
    let visualRanges: [Range<Int>]

    /// Lays out tokens, images and videos.
    ///
    /// - Parameters:
    ///   - ids: Token ids with a run of image or video tokens for each of `visuals`.
    ///   - visuals: In the order of their tokens.
    ///   - configuration: Of the model that will read the prompt.
    /// - Throws: `ModelError.badPrompt` when tokens and features do not match.
    public init(ids: [Int32], visuals: [VisionInput], configuration: ModelConfiguration) throws {
        var positions = Positions()
        var (visualRows, visualRanges): ([Int], [Range<Int>]) = ([], [])
        var waiting = try visuals.enumerated().flatMap { number, visual in
            try configuration.tokenRuns(of: visual).map { (number: number, visual: visual, length: $0) }
        }[...]
        let runCount = waiting.count
        var at = 0
        while at < ids.count {
            guard ids[at] == configuration.imageTokenID || ids[at] == configuration.videoTokenID else {
                positions.appendText(1)
                at += 1
                continue
            }
            guard let run = waiting.popFirst() else {
                throw ModelError.badPrompt(
                    "token \(at) stands for pixels, but all \(visuals.count) images and videos are used")
            }
            let end = at + run.length
            let id = configuration.tokenID(of: run.visual)
            guard end <= ids.count, ids[at..<end].allSatisfy({ $0 == id }) else {
                let kind = run.visual.isVideo ? "video" : "image"
                throw ModelError.badPrompt(
                    "the \(kind) at token \(at) needs \(run.length) \(kind) tokens in a row")
            }
            configuration.append(run.visual, run: run.length, to: &positions)
            visualRows += at..<end
            if run.number < visualRanges.count {
                visualRanges[run.number] = visualRanges[run.number].lowerBound..<end
            } else {
                visualRanges.append(at..<end)
            }
            at = end
        }
        guard waiting.isEmpty else {
            throw ModelError.badPrompt(
                "\(visuals.count) images and videos need \(runCount) runs of tokens, found \(runCount - waiting.count)"
            )
        }
        (self.ids, self.visuals, self.positions) = (ids, visuals, positions)
        (self.visualRows, self.visualRanges) = (visualRows, visualRanges)
    }

    /// The prompt without its first tokens, which stand where they stood; `count` is not inside an image or video.
    init(_ whole: Prompt, withoutFirst count: Int) {
        let gone = whole.visualRanges.count { $0.upperBound <= count }
        require(
            whole.visualRanges.dropFirst(gone).allSatisfy { $0.lowerBound >= count },
            "a prompt cut at \(count), inside an image or video")
        ids = Array(whole.ids.dropFirst(count))
        visuals = Array(whole.visuals.dropFirst(gone))
        positions = whole.positions.withoutFirst(count)
        visualRows = whole.visualRows.filter { $0 >= count }.map { $0 - count }
        visualRanges = whole.visualRanges.dropFirst(gone).map {
            $0.lowerBound - count..<$0.upperBound - count
        }
    }
}

/// Prompts and answers packed into one run of rows.
public struct PackedBatch: Sendable {
    /// Token ids of all rows.
    public private(set) var ids: [Int32] = []
    /// Positions of all rows.
    public private(set) var positions = Positions()
    /// Images and videos of all prompts.
    public private(set) var visuals: [VisionInput] = []
    /// Rows whose embeddings their features replace.
    public private(set) var visualRows: [Int] = []
    /// Rows whose hidden state predicts an answer token.
    public private(set) var scoredRows: [Int] = []
    /// The answer token that each scored row predicts.
    public private(set) var targets: [Int32] = []
    /// For each answer, in the order added, its run in `targets`.
    public private(set) var answerRanges: [Range<Int>] = []
    private var segments: [AttentionLayout.Segment] = []

    /// Who sees whom: each prompt itself, each answer its prompt and itself.
    public var layout: AttentionLayout { AttentionLayout(segments) }

    /// No rows yet.
    public init() {}

    /// Number of rows.
    public var rowCount: Int { ids.count }

    /// Appends a prompt and its answers; an answer's last token is predicted, never read.
    public mutating func append(_ prompt: Prompt, answers: [[Int32]]) {
        let start = ids.count
        let promptRows = start..<start + prompt.ids.count
        ids += prompt.ids
        positions.append(prompt.positions)
        visuals += prompt.visuals
        visualRows += prompt.visualRows.map { start + $0 }
        segments.append(.init(queries: promptRows, keys: promptRows, isCausal: true))
        for answer in answers {
            let first = ids.count
            let rows = first..<first + max(0, answer.count - 1)
            if !answer.isEmpty { scoredRows += [promptRows.upperBound - 1] + rows }
            answerRanges.append(targets.count..<targets.count + answer.count)
            targets += answer
            ids += answer.dropLast()
            for offset in 0..<rows.count { positions.append(at: prompt.positions.next + Int32(offset)) }
            guard !rows.isEmpty else { continue }
            segments.append(.init(queries: rows, prefix: promptRows, keys: rows, isCausal: true))
        }
    }
}
