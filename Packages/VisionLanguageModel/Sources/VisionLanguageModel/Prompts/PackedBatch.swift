// A batch without padding: prompts and their answers, one after another, with the layout that separates
// them. The answers of one group share their prompt's rows, so the prompt is computed once.
public import TensorMath

/// Prompts and answers packed into one sequence of rows.
public struct PackedBatch: Sendable {
    /// Token ids of all rows.
    public private(set) var ids: [Int32] = []
    /// Positions of all rows.
    private(set) var positions = Positions()
    /// Images and videos of all prompts.
    public private(set) var visuals: [VisionInput] = []
    /// Rows whose embeddings are replaced by features of `visuals`.
    private(set) var visualRows: [Int] = []
    /// Rows whose hidden state predicts a target.
    private(set) var scoredRows: [Int] = []
    /// The token that each scored row predicts.
    public private(set) var targets: [Int32] = []
    /// The range of each answer in `targets`, in the order added; a first answer's begins with the turns of its prompt.
    public private(set) var answerRanges: [Range<Int>] = []
    private var segments: [AttentionLayout.Segment] = []

    /// Attention layout: each prompt attends to itself, each answer to its prompt and itself.
    public var layout: AttentionLayout { AttentionLayout(segments) }

    /// No rows yet.
    public init() {}

    /// Number of rows.
    public var rowCount: Int { ids.count }

    /// Appends a prompt and its answers; the last token of an answer is only predicted, never an input.
    ///
    /// - Parameters:
    ///   - prompt: The prompt.
    ///   - answers: Its answers.
    ///   - turns: Rows of the prompt that are targets as well, ascending and not the first; they count as part of the
    ///     first answer.
    public mutating func append(_ prompt: Prompt, answers: [[Int32]], scoring turns: [Range<Int>] = []) {
        let start = ids.count
        let promptRows = start..<start + prompt.ids.count
        ids += prompt.ids
        positions.append(prompt.positions)
        visuals += prompt.visuals
        visualRows += prompt.visualRows.map { start + $0 }
        segments.append(.init(queries: promptRows, keys: promptRows, isCausal: true))
        let turnTargets = targets.count
        for turn in turns {
            scoredRows += turn.map { start + $0 - 1 }
            targets += prompt.ids[turn]
        }
        for (number, answer) in answers.enumerated() {
            let first = ids.count
            let rows = first..<first + max(0, answer.count - 1)
            if !answer.isEmpty { scoredRows += [promptRows.upperBound - 1] + rows }
            answerRanges.append((number == 0 ? turnTargets : targets.count)..<targets.count + answer.count)
            targets += answer
            ids += answer.dropLast()
            for offset in 0..<rows.count { positions.append(at: prompt.positions.next + Int32(offset)) }
            guard !rows.isEmpty else { continue }
            segments.append(.init(queries: rows, prefix: promptRows, keys: rows, isCausal: true))
        }
    }
}
