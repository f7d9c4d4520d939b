// The text that a supervised warm start learns from a row: the same shape that the format reward requires.

/// The target of a supervised step: `<think>RATIONALE</think><answer>SOLUTION</answer>`.
///
/// A last assistant turn is the target unchanged. A row without a rationale gets empty `<think></think>`
/// tags: all rows have one shape, so the warm start never teaches an answer that the format reward refuses.
/// The first gold is the solution; for grounding, `boxText` may write the row's boxes, which it gets in the
/// row's own unit, in the model's coordinates (nil: the gold as written). Throws
/// ``SampleError/nothingToLearn``.
public func supervisedAnswer(_ sample: Sample, boxText: (([Box]) -> String)? = nil) throws -> String {
    if let turn = sample.assistantTurn { return turn }
    guard let gold = sample.solutions.first else {
        throw SampleError.nothingToLearn(location: sample.location)
    }
    var answer = gold
    if sample.task == .grounding, let boxText, let boxes = sample.boxes { answer = boxText(boxes) }
    return "<think>\(sample.rationale ?? "")</think><answer>\(answer)</answer>"
}
