// The task rewards of a run: of the training with a band, of the evaluations with intervals.
internal import ReportPages

extension RunRecords {
    /// The charts of the task rewards: all tasks together, then each task.
    func rewardCharts() -> [Chart] {
        ([nil] + tasks).enumerated().map { index, task in
            Chart(
                id: "reward-\(index)", title: task ?? "All tasks", note: "",
                curves: trainingRewards(task) + [
                    evaluationCurve(.sampled, task, name: "test, sampled", color: 1, .circles),
                    evaluationCurve(.greedy, task, name: "test, greedy", color: 2, .diamonds),
                ])
        }.filter { !$0.isEmpty }
    }

    /// What the marks of the charts of rewards mean.
    var rewardNote: String {
        let window = MovingMean(for: completedSteps, least: 5).width
        let counted = MovingMean(for: completedSteps, least: 1).width
        var parts = ["The task reward without the share of the format."]
        let isCounted = tasks.filter { answerCounts($0) != nil }
        if !isCounted.isEmpty {
            parts.append(
                "Training: the mean over \(Self.steps(counted)) with its 95% interval, from the standard deviation and the "
                    + "number of the answers of each step. Answers to one question are not independent, so the "
                    + "true interval is wider.")
        }
        if isCounted.count < tasks.count, !metrics.steps.isEmpty {
            parts.append(
                "Training"
                    + (isCounted.isEmpty ? "" : " (charts of tasks without a number of answers)")
                    + ": the mean over \(Self.steps(window)) with its 95% interval, from the spread of the steps in this "
                    + "window; the pale line has the steps themselves.")
        }
        if !evaluations.isEmpty {
            parts.append(
                evaluations.contains { !$0.rows.isEmpty }
                    ? "Test rows: bars are 95% intervals of the mean over rows (normal)."
                    : "Test rows have no intervals, because the files of their answers are missing.")
        }
        return parts.joined(separator: " ")
    }

    private static func steps(_ count: Int) -> String { count == 1 ? "each step" : "\(count) steps" }

    /// The training reward of a task, nil for all, as a mean with a band; empty when it was not recorded.
    func trainingRewards(_ task: String?, name: String = "training", color: Int = 0) -> [Curve] {
        guard let series = metrics.series["rewards/\(task ?? "accuracy")/mean"] else { return [] }
        if let task, let counts = answerCounts(task) {
            let window = MovingMean(for: series.steps.count, least: 1)
            let estimates = window.estimates(
                series.values, deviations: counts.deviations, counts: counts.counts)
            return [.estimated(name, color: color, series.steps, estimates)]
        }
        let window = MovingMean(for: series.steps.count, least: 5)
        return [
            .plain("", color: color, series, form: .faint),
            .estimated(name, color: color, series.steps, window.estimates(series.values)),
        ]
    }

    /// The standard deviation and the number of a task's answers in each step; nil when a step lacks one.
    private func answerCounts(_ task: String) -> (deviations: [Double], counts: [Double])? {
        guard let means = metrics.series["rewards/\(task)/mean"],
            let deviations = metrics.series["rewards/\(task)/std"],
            let counts = metrics.series["rewards/\(task)/count"], deviations.steps == means.steps,
            counts.steps == means.steps
        else { return nil }
        return (deviations.values, counts.values)
    }

    /// The scores of a task, nil for all, at the evaluations, with intervals where their rows are known.
    func evaluationCurve(
        _ kind: ScoreKind, _ task: String?, name: String, color: Int, _ form: Curve.Form
    ) -> Curve {
        let points = evaluations.compactMap { record -> CurvePoint? in
            guard let score = task.map({ record.tasks[$0] }) ?? record.all else { return nil }
            let values = record.rows.filter { task == nil || $0.question.task == task }
                .compactMap { $0[kind] }
            let estimate = meanEstimate(values)
            return CurvePoint(
                step: Double(record.step), value: score[kind], low: estimate?.low, high: estimate?.high)
        }
        return Curve(name: name, color: color, form: form, points: points)
    }
}
