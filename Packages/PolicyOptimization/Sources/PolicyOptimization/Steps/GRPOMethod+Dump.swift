// What an update of GRPO, or its sampling, leaves behind when values are not finite.
internal import Rewards
internal import Rollouts
internal import StrictJSON
internal import TensorMath
internal import TrainingData
internal import VisionLanguageModel

/// One update of a step.
struct UpdatePart {
    /// Its number in the step, from 0.
    let number: Int
    /// Its share of the groups, with their advantages.
    let groups: [AnswerGroup]
    let advantages: [[Double]]
    /// Its micro-batches.
    let batches: [PolicyBatch]
    /// The state of the method before the step, and after it.
    let before, after: GRPOState
}

extension GRPOMethod {
    /// The dump of an update.
    ///
    /// - Parameters:
    ///   - part: The update.
    ///   - sums: Its statistics and log-probabilities.
    ///   - gradients: Its gradients.
    ///   - step: The step, from 0.
    ///   - problem: What is not finite.
    ///   - badWeight: The weight that is not finite after the update; nil when the update was not made.
    /// - Returns: The dump.
    func dump(
        _ part: UpdatePart, _ sums: UpdateSums, _ gradients: Gradients, step: Int, problem: String,
        badWeight: String?
    ) -> NonFiniteDump {
        let weights = WeightTrace(setup.model.parameters, gradients)
        let answers = answerLines(part, sums)
        let first =
            badWeight.map { "weight \($0) after the update" } ?? weights.badWeight.map { "weight \($0)" }
            ?? answers.first
            ?? (sums.statistics.loss.isFinite
                ? weights.badGradient.map { "gradient of \($0)" } ?? "a sum over processes" : "loss")
        var facts = setup.facts(
            step: step, problem: problem, first: first, loss: sums.statistics.loss, gradients: gradients)
        facts["update"] = .integer(part.number + 1)
        facts["micro_batch_tokens"] = .array(part.batches.map { .integer($0.batch.rowCount) })
        facts.merge(stateFacts(part.before, part.after, step: step)) { $1 }
        return NonFiniteDump(
            step: step + 1, first: first, facts: facts,
            rows: part.groups.map { setup.line($0.rollout.question, position: nil) },
            answers: answers.lines, weights: weights.lines)
    }

    /// The dump of a step whose answers cannot be sampled.
    func dump(
        _ questions: [Question], at positions: [Range<Int>], _ problem: NonFiniteTraining, step: Int
    ) -> NonFiniteDump {
        let weights = WeightTrace(setup.model.parameters, nil)
        let first = weights.badWeight.map { "weight \($0)" } ?? "logits at \(problem.rows)"
        var facts = setup.facts(step: step, problem: problem.problem, first: first)
        facts.merge(stateFacts(state, state, step: step)) { $1 }
        return NonFiniteDump(
            step: step + 1, first: first, facts: facts,
            rows: zip(questions, positions.joined()).map { setup.line($0, position: $1) },
            weights: weights.lines)
    }

    /// What repeats a step besides the seed: random numbers are functions of these counters.
    private func stateFacts(_ before: GRPOState, _ after: GRPOState, step: Int) -> JSONObject {
        let start = before.position ?? step * options.promptsPerStep
        var facts: JSONObject = [
            "stream_position": .integer(start),
            "stream_end": .integer(after.position ?? start + options.promptsPerStep),
        ]
        if options.advantages.scaling == .taskEMA { facts["task_spread"] = .object(before.spread.json) }
        return facts
    }

    /// The answers of an update, and the first value of them that is not finite.
    private func answerLines(
        _ part: UpdatePart, _ sums: UpdateSums
    ) -> (first: String?, lines: [JSONObject]) {
        var traces = zip(part.batches, sums.logProbabilities).flatMap { batch, values in
            batch.batch.answerRanges.map { range in
                let isMasked = batch.terms[range].map { JSONValue.bool($0.isMasked) }
                return (
                    trace: TokenTrace(batch.terms[range], values[range]),
                    weight: batch.terms[range].first?.weight ?? 0, isMasked: isMasked
                )
            }
        }[...]
        var (first, found): (String?, [(isBad: Bool, line: JSONObject)]) = (nil, [])
        for (row, (group, advantages)) in zip(part.groups, part.advantages).enumerated() {
            let rollout = group.rollout
            for (index, record) in rollout.records.enumerated() {
                let (answer, advantage) = (rollout.answers[index], advantages[index])
                let total = group.rewarded.totals[index]
                var line = record.measured
                for key in ["question", "gold"] { line.removeValue(forKey: key) }
                line["row"] = .integer(row)
                line["tokens"] = .tokens(answer.ids)
                line["advantage"] = .measured(advantage)
                line["rewarded"] = total.map(JSONValue.measured) ?? .null
                line["in_loss"] = .bool(group.inLoss.contains(index))
                var problem =
                    total?.isFinite == false ? "reward" : !advantage.isFinite ? "advantage" : nil
                if group.inLoss.contains(index), let entry = traces.popFirst() {
                    problem = problem ?? entry.trace.problem
                    line["log_probabilities"] = entry.trace.json
                    line["weight"] = .measured(entry.weight)
                    if options.loss.needsEntropies { line["masked"] = .array(entry.isMasked) }
                } else {
                    line["log_probabilities"] = .object([
                        "sampled": .measured(answer.logProbabilities.map(Double.init))
                    ])
                }
                if let problem {
                    let place = "\(problem) of answer \(index + 1) at \(rollout.question.sample.label)"
                    line["not_finite"] = .string(problem)
                    first = first ?? place
                }
                found.append((problem != nil, line))
            }
        }
        return (first, (found.filter(\.isBad) + found.filter { !$0.isBad }).map(\.line))
    }
}
