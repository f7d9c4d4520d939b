// Which tokens an answer and its prompt have, for the penalties of repeated tokens.
internal import TensorMath

/// The tokens seen so far, as far as the options ask for them.
struct TokenCounts {
    /// Distinct tokens of the prompt; empty without a repetition penalty.
    private let prompt: Set<Int32>
    /// How often each token is in the answer; empty without any penalty.
    private var answer: [Int32: Int] = [:]
    private let options: SamplingOptions

    /// The counts at the start of an answer.
    init(prompt: [Int32], _ options: SamplingOptions) {
        self.prompt = options.repetitionPenalty == 1 ? [] : Set(prompt)
        self.options = options
    }

    /// Counts a token of the answer.
    mutating func add(_ id: Int32) {
        if options.repetitionPenalty != 1 || options.presencePenalty != 0 || options.frequencyPenalty != 0 {
            answer[id, default: 0] += 1
        }
    }

    /// What the options change in the next token's logits.
    ///
    /// The bias comes first. Repetition counts prompt and answer; frequency and presence the answer alone.
    func edits() -> [TokenDraw.Edit] {
        func edit(_ id: Int32, _ count: Int) -> TokenDraw.Edit {
            TokenDraw.Edit(
                id: id, bias: options.logitBias[id] ?? 0,
                penalty: count > 0 || prompt.contains(id) ? Float(options.repetitionPenalty) : 1,
                reduction: Float(options.frequencyPenalty) * Float(count)
                    + (count > 0 ? Float(options.presencePenalty) : 0))
        }
        return answer.map { edit($0, $1) } + prompt.filter { answer[$0] == nil }.map { edit($0, 0) }
            + options.logitBias.keys.filter { answer[$0] == nil && !prompt.contains($0) }.map { edit($0, 0) }
    }
}
