// Whole operations: the vocabulary pass and the cost of recording.
import TensorMath

/// Log-probabilities beside the bare product of the same shape.
func vocabularyRows() -> [Row] {
    let (hidden, head) = (filled([512, 1536]), filled([32768, 1536]))
    let targets = (0..<512).map(Int32.init)
    let work = 2 * 512 * 1536 * 32768 * 1e-9
    let (bare, whole) = medians(of: 3) {
        _ = linear(hidden, head)
    } _: {
        _ = tokenLogProbabilities(hidden: hidden, head: head, targets: targets)
    }
    return [
        Row(
            name: "log-probabilities 512x1536x32768", value: work / whole, unit: "GFLOP/s",
            limit: work / bare, limitName: "the bare product", goal: 1 / 1.15)
    ]
}

/// What recording costs beside the arithmetic.
func tapeRows() -> [Row] {
    let small = filled([4])
    let time = median {
        let tape = Tape()
        var x = tape.leaf(small)
        for _ in 0..<10_000 { x = x.scaled(by: 1) }
    }
    return [
        Row(
            name: "recorded small operations", value: 1e-6 / (time / 10_000), unit: "per us", limit: 0.5,
            limitName: "one in 2 us", goal: 1)
    ]
}
