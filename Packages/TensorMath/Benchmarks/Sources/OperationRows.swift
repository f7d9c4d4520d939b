// The vocabulary pass and the cost of recording.
import Basics
import TensorMath

/// Log-probabilities of 512 tokens over 151,936 compared with the bare product, whose result is 311 MB, and
/// the memory they take on top of their operands.
func vocabularyRows() -> [Row] {
    [DType.float32, .bfloat16].flatMap { dtype -> [Row] in
        let hidden = filled([512, 1536]).converted(to: dtype)
        let head = filled([151_936, 1536]).converted(to: dtype)
        let targets = (0..<512).map(Int32.init)
        let work = 2 * 512 * 1536 * 151_936 * 1e-9
        MemoryStatistics.resetPeak()
        let before = MemoryStatistics.liveBytes
        _ = tokenLogProbabilities(hidden: hidden, head: head, targets: targets)
        let extra = Double(MemoryStatistics.peakBytes - before) / 1_048_576
        let (bare, whole) = medians(of: 3) {
            _ = linear(hidden, head)
        } _: {
            _ = tokenLogProbabilities(hidden: hidden, head: head, targets: targets)
        }
        return [
            Row(
                name: "log-probabilities 512x1536x151936, \(dtype)", value: work / whole, unit: "GFLOP/s",
                limit: work / bare, limitName: "the bare product", goal: 1 / 1.15),
            Row(
                name: "log-probabilities, memory left of 64 MiB", value: 64 - extra, unit: "MiB", limit: 64,
                limitName: "64 MiB", goal: 0),
        ]
    }
}

/// The cost of recording an operation.
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
