// The end of a run by values that are not finite.

/// Values that are not finite, with which training cannot continue.
struct NonFiniteTraining: Error, CustomStringConvertible, Equatable {
    /// Which values.
    enum Value: Equatable {
        /// The gradient, or the loss that it comes from, so many times in a row.
        case gradient(inARow: Int)
        /// A weight after the update.
        case weight(name: String)
        /// The logits of a token of an answer.
        case logits(token: Int)
    }

    let value: Value
    /// The step, counted from 1.
    let step: Int
    /// Locations and tasks of the rows.
    let rows: String
    /// The learning rate of the step.
    let rate: Double
    /// The first value that is not finite, and where the dump is; nil without one.
    var trace: String?

    /// What is not finite.
    var problem: String {
        switch value {
        case .gradient(let count): "the gradient is not finite, \(count) times in a row, now at \(rows)"
        case .weight(let name): "the weight \(name) is not finite after the update from \(rows)"
        case .logits(let token): "the logits for token \(token + 1) of an answer are not finite at \(rows)"
        }
    }

    /// One sentence for the user.
    var description: String {
        "step \(step): \(problem); " + (trace.map { $0 + "; " } ?? "")
            + "the run stops and nothing of it is saved. Try a learningRate.peak below \(rate), more "
            + "learningRate.warmupSteps, a lower maxGradientNorm, or dtype: float32; an earlier checkpoint can be the "
            + "model of a new run"
    }
}
