// The text a supervised warm start learns from a row: the same shape the format reward asks for.

/// The target of a supervised step: `<think>RATIONALE</think><answer>SOLUTION</answer>`.
///
/// A last assistant turn is the target as it stands. A row without a rationale gets empty `<think></think>`
/// tags: one shape for all rows, so that the warm start never teaches an answer that the format reward
/// refuses. The first gold is the solution; for grounding, `boxText` may spell the row's boxes, given to it
/// in the row's own unit, in the coordinates of the model at hand (nil: the gold as written). Throws
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
