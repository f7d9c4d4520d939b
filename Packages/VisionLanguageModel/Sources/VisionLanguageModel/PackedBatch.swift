// A batch without padding: prompts and their answers, one after another, with the layout that keeps them
// apart. The answers of one group share their prompt's rows: it is computed once.
public import ImageInput
public import TensorMath

/// One question as the model reads it: tokens, images and where each token stands.
public struct Prompt: Sendable {
    /// Token ids, image tokens expanded.
    public let ids: [Int32]
    /// The images whose features replace the image tokens, in order.
    public let images: [ImagePatches]
    /// M-RoPE positions.
    public let positions: Positions
    /// Rows of `ids` that hold image tokens.
    public let imageRows: [Int]

    /// Lays out tokens and images.
    ///
    /// - Throws: `ModelError.badPrompt` when image tokens and image features do not match.
    public init(ids: [Int32], images: [ImagePatches], configuration: Qwen25VLConfiguration) throws {
        var positions = Positions()
        var imageRows: [Int] = []
        var (at, waiting) = (0, images[...])
        while at < ids.count {
            guard ids[at] == configuration.imageTokenID else {
                positions.appendText(1)
                at += 1
                continue
            }
            guard let image = waiting.popFirst() else {
                throw ModelError.badPrompt(
                    "token \(at) is an image token, but all \(images.count) images are used")
            }
            let end = at + image.tokenCount
            guard end <= ids.count, ids[at..<end].allSatisfy({ $0 == configuration.imageTokenID }) else {
                throw ModelError.badPrompt(
                    "the image at token \(at) needs \(image.tokenCount) image tokens in a row")
            }
            let merge = configuration.vision.mergeSize
            for _ in 0..<image.gridT {
                positions.appendImage(rows: image.gridH / merge, columns: image.gridW / merge)
            }
            imageRows += at..<end
            at = end
        }
        guard waiting.isEmpty else {
            throw ModelError.badPrompt(
                "\(images.count) images, but image tokens for \(images.count - waiting.count)")
        }
        (self.ids, self.images, self.positions, self.imageRows) = (ids, images, positions, imageRows)
    }
}

/// Prompts and answers packed into one run of rows.
public struct PackedBatch: Sendable {
    /// Token ids of all rows.
    public private(set) var ids: [Int32] = []
    /// Positions of all rows.
    public private(set) var positions = Positions()
    /// Images of all prompts.
    public private(set) var images: [ImagePatches] = []
    /// Rows that hold image tokens.
    public private(set) var imageRows: [Int] = []
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
        images += prompt.images
        imageRows += prompt.imageRows.map { start + $0 }
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
