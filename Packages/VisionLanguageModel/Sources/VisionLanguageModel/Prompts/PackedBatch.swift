// A batch without padding: prompts and their answers, one after another, with the layout that keeps them
// apart. The answers of one group share their prompt's rows: it is computed once.
public import TensorMath

/// Prompts and answers packed into one run of rows.
public struct PackedBatch: Sendable {
    /// Token ids of all rows.
    public private(set) var ids: [Int32] = []
    /// Positions of all rows.
    private(set) var positions = Positions()
    /// Images and videos of all prompts.
    public private(set) var visuals: [VisionInput] = []
    /// Rows whose embeddings their features replace.
    private(set) var visualRows: [Int] = []
    /// Rows whose hidden state predicts an answer token.
    private(set) var scoredRows: [Int] = []
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
