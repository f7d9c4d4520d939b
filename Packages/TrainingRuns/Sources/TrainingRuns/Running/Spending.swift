// What the steps of a run have cost, against its budget.
internal import StrictJSON

/// The seconds and tokens of a run's completed steps.
struct Spending {
    private(set) var seconds = 0.0
    private(set) var tokens = 0.0

    /// Adds a step.
    mutating func add(metrics: [String: Double], timings: [String: Double]) {
        tokens += metrics["step_tokens"] ?? 0
        seconds += timings["step_time"] ?? 0
    }

    /// The setting whose limit is reached, with what was spent; nil when there is none.
    func exhausted(_ budget: BudgetOptions) -> String? {
        if budget.seconds > 0, seconds >= budget.seconds {
            return "budget.seconds: \(fixedSeconds) of \(budget.seconds) seconds"
        }
        if budget.tokens > 0, tokens >= Double(budget.tokens) {
            return "budget.tokens: \(Int(tokens)) of \(budget.tokens) tokens"
        }
        return nil
    }

    private var fixedSeconds: Double { (seconds * 10).rounded() / 10 }
}

extension RunDirectory {
    /// What the recorded steps have cost.
    func spending() throws -> Spending {
        var spending = Spending()
        for line in try lines(of: "metrics.jsonl") { spending.add(metrics: line.numbers, timings: [:]) }
        for line in try lines(of: "timing.jsonl") { spending.add(metrics: [:], timings: line.numbers) }
        return spending
    }
}
