// What a supervised step leaves behind when values are not finite.
internal import Collectives
internal import Rollouts
internal import StrictJSON
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

extension SupervisedMethod {
    /// The dump of a step.
    ///
    /// - Parameters:
    ///   - rows: Its rows.
    ///   - sums: Loss and log-probabilities.
    ///   - gradients: The gradients.
    ///   - step: The step, from 0.
    ///   - problem: What is not finite.
    ///   - badWeight: The weight that is not finite after the update; nil when the update was not made.
    /// - Returns: The dump.
    func dump(
        _ rows: [Row], _ sums: StepSums, _ gradients: Gradients, step: Int, problem: String,
        badWeight: String?
    ) -> NonFiniteDump {
        let weights = WeightTrace(setup.model.parameters, gradients)
        let (problem, answers) = (problem, answerLines(rows, sums))
        let first =
            badWeight.map { "weight \($0) after the update" } ?? weights.badWeight.map { "weight \($0)" }
            ?? answers.first
            ?? (sums.loss.isFinite
                ? weights.badGradient.map { "gradient of \($0)" } ?? "a sum over processes" : "loss")
        let share = setup.world.share(of: options.batchSize)
        var facts = setup.facts(
            step: step, problem: problem, first: first, loss: sums.loss, gradients: gradients)
        facts["stream_position"] = .integer(step * options.batchSize + share.lowerBound)
        facts["stream_end"] = .integer(step * options.batchSize + share.upperBound)
        facts["micro_batch_tokens"] = .array(sums.batches.map { .integer($0.batch.rowCount) })
        return NonFiniteDump(
            step: step + 1, first: first, facts: facts,
            rows: rows.enumerated().map {
                setup.line($1.question, position: step * options.batchSize + share.lowerBound + $0)
            },
            answers: answers.lines, weights: weights.lines)
    }

    private func answerLines(
        _ rows: [Row], _ sums: StepSums
    ) -> (first: String?, lines: [JSONObject]) {
        var rest = rows.enumerated().map { $0 }[...]
        var (first, found): (String?, [(isBad: Bool, line: JSONObject)]) = (nil, [])
        for (batch, values) in sums.batches {
            for range in batch.answerRanges {
                guard let (number, row) = rest.popFirst() else { break }
                let trace = TokenTrace(values[range])
                var line: JSONObject = [
                    "row": .integer(number), "id": .string(row.question.sample.id),
                    "tokens": .tokens(Array(batch.targets[range])), "log_probabilities": trace.json,
                ]
                if let problem = trace.problem {
                    line["not_finite"] = .string(problem)
                    first = first ?? "\(problem) at \(row.question.sample.label)"
                }
                found.append((trace.problem != nil, line))
            }
        }
        return (first, (found.filter(\.isBad) + found.filter { !$0.isBad }).map(\.line))
    }
}
