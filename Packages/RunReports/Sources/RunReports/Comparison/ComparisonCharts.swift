// The curves of several runs in the same charts.
internal import ReportPages

extension [ComparedRun] {
    /// The task rewards of the training, a chart for each task with a curve for each run.
    var rewardSections: [ChartSection] {
        let tasks = [nil] + Set(flatMap(\.records.tasks)).sorted()
        func section(_ id: String, _ title: String, _ note: String, _ curves: (String?) -> [Curve])
            -> ChartSection
        {
            let charts = tasks.enumerated().map { index, task in
                Chart(id: "\(id)-\(index)", title: task ?? "All tasks", note: "", curves: curves(task))
            }
            return ChartSection(id: id, title: title, note: note, charts: charts.filter { !$0.isEmpty })
        }
        let bars =
            "Bars are 95% intervals of the mean over rows (normal); they do not pair the rows as the tables do."
        return [
            section(
                "training", "Task rewards in training",
                "Means over a moving window of steps; the band is a 95% interval of the mean."
            ) { task in
                enumerated().flatMap { index, run in
                    run.records.trainingRewards(task, name: run.name, color: index).filter {
                        $0.form == .line
                    }
                }
            },
            section("sampled", "Test rows, sampled", bars) { evaluations(.sampled, $0) },
            section("greedy", "Test rows, greedy", bars) { evaluations(.greedy, $0) },
        ]
    }

    private func evaluations(_ kind: ScoreKind, _ task: String?) -> [Curve] {
        enumerated().map { index, run in
            run.records.evaluationCurve(kind, task, name: run.name, color: index, .circles)
        }
    }

    /// The other metrics: a chart for the first metric of each of the page about one run.
    var metricSection: ChartSection {
        let charts =
            MetricChart.training.flatMap { plan in plan.separate.map { chart($0, \.metrics) } }
            + MetricChart.timing.flatMap { plan in plan.separate.map { chart($0, \.timing) } }
        let longest = map(\.records.completedSteps).max() ?? 0
        return ChartSection(
            id: "metrics", title: "Other metrics", note: curveNote(stepCount: longest, hasSteps: false),
            charts: charts.filter { !$0.isEmpty })
    }

    private func chart(_ plan: MetricChart, _ table: (RunRecords) -> StepTable) -> Chart {
        let curves = plan.entries.flatMap { entry in
            enumerated().map { index, run in
                plan.curve(run.name, color: index, metric: entry.metric, of: table(run.records))
            }
        }
        return Chart(id: plan.id, title: plan.title, note: plan.note, unit: plan.unit, curves: curves)
    }
}

extension MetricChart {
    /// The chart as charts of one metric each, without ranges; none for areas on each other.
    fileprivate var separate: [MetricChart] {
        guard form == .line else { return [] }
        return entries.enumerated().map { index, entry in
            MetricChart(
                id: "\(id)-\(index)", title: entries.count > 1 ? "\(title): \(entry.name)" : title,
                note: range == nil ? note : "", unit: unit, entries: [entry],
                isSmoothed: isSmoothed)
        }
    }
}
