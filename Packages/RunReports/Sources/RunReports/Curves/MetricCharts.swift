// Which metrics a page shows as charts, and how. Metrics that no chart shows are in a table.
internal import ReportPages

/// A chart of metrics of one file.
struct MetricChart {
    /// A metric and its name in the legend.
    typealias Entry = (metric: String, name: String)

    /// Its identifier in the page.
    let id: String
    /// What it shows.
    let title: String
    /// What its marks mean.
    var note = ""
    /// The unit of the values.
    var unit = ValueUnit.plain
    /// The metrics.
    var entries: [Entry] = []
    /// All metrics that begin with this are shown, too, by the rest of their names.
    var prefix: String?
    /// The metrics of the lower and the upper end of a range around the first entry.
    var range: (low: String, high: String)?
    /// How the curves are drawn.
    var form = Curve.Form.line
    /// Whether lines are means over a window of steps.
    var isSmoothed = true

    /// The charts of a training step.
    static let training: [MetricChart] = [
        MetricChart(
            id: "parts", title: "Parts of the reward", note: "Means over the answers of a step.",
            entries: [
                ("reward", "total"), ("rewards/accuracy/mean", "accuracy"), ("rewards/format/mean", "format"),
                ("rewards/overlong/mean", "overlong"),
            ]),
        MetricChart(
            id: "spread", title: "Spread inside the groups",
            note: "Mean standard deviation of a group's rewards.",
            entries: [("reward_std", "deviation")]),
        MetricChart(
            id: "equal", title: "Groups without spread",
            note: "Share of groups with equal rewards: they teach nothing.",
            unit: .share, entries: [("frac_reward_zero_std", "all")], prefix: "frac_reward_zero_std/"),
        MetricChart(
            id: "unread", title: "Unread answers", note: "Share of answers that could not be read.",
            unit: .share,
            prefix: "parse_fail/"),
        MetricChart(
            id: "length", title: "Length of answers",
            note: "Tokens: the mean, and the shortest and longest as a band.",
            entries: [("completions/mean_length", "mean")],
            range: ("completions/min_length", "completions/max_length")),
        MetricChart(
            id: "cut", title: "Answers cut off", note: "Share of answers that reached the limit of tokens.",
            unit: .share,
            entries: [("completions/clipped_ratio", "all")], prefix: "completions/clipped_ratio/"),
        MetricChart(
            id: "advantages", title: "Advantages of each task",
            note: "Share of the sum of absolute advantages.", unit: .share, prefix: "advantages/share/"),
        MetricChart(id: "loss", title: "Loss", entries: [("loss", "loss")]),
        MetricChart(
            id: "kl", title: "KL divergence", note: "Per token, from the reference model.",
            entries: [("kl", "KL")]),
        MetricChart(
            id: "entropy", title: "Entropy", note: "Per token of the answers.",
            entries: [("entropy", "entropy")]),
        MetricChart(
            id: "clip", title: "Clipped tokens", note: "Share of tokens whose ratio the loss clips.",
            unit: .share,
            entries: [
                ("clip_ratio/region_mean", "both"), ("clip_ratio/low_mean", "low"),
                ("clip_ratio/high_mean", "high"),
                ("clip_ratio/dual_mean", "dual"),
            ]),
        MetricChart(
            id: "ratio", title: "Weight of the sampler's correction",
            note: "Mean importance ratio per token.",
            entries: [("sampling/importance_sampling_ratio/mean", "ratio")]),
        MetricChart(
            id: "gap", title: "Gap between sampler and trainer",
            note: "Largest difference of a token's log-probability before the update.",
            entries: [("sampling_gap/max", "largest")]),
        MetricChart(
            id: "gradient", title: "Norm of the gradient", note: "Before it is limited.",
            entries: [
                ("grad_norm", "all"), ("grad_norm/language", "language"), ("grad_norm/vision", "vision"),
            ]),
        MetricChart(
            id: "rate", title: "Learning rate", entries: [("learning_rate", "rate")], isSmoothed: false),
    ]

    /// The charts of time and memory.
    static let timing: [MetricChart] = [
        MetricChart(
            id: "phases", title: "Seconds of each phase", note: "Stacked.", unit: .seconds,
            entries: ["data", "rollout", "reward", "reference", "gradients", "update"].map {
                ("timing/\($0)", $0)
            },
            prefix: "timing/",
            form: .stacked),
        MetricChart(
            id: "step-time", title: "Seconds of a step", unit: .seconds, entries: [("step_time", "step")]),
        MetricChart(
            id: "speed", title: "Tokens per second", note: "Of prompts and answers.",
            entries: [("tokens_per_second", "tokens per second")]),
        MetricChart(
            id: "memory", title: "Peak memory", unit: .bytes, entries: [("memory/peak_bytes", "peak")],
            isSmoothed: false),
    ]

    /// The metrics of a table that the chart shows.
    func shown(of table: StepTable) -> [Entry] {
        let known = Set(entries.map(\.metric))
        let more = prefix.map { prefix in table.names(after: prefix).map { (prefix + $0, $0) } } ?? []
        let others = more.filter { !known.contains($0.0) }
        return (entries + others).filter { table.series[$0.metric] != nil }
    }

    /// The metrics of a table that the chart reads.
    func used(of table: StepTable) -> [String] {
        shown(of: table).map(\.metric) + (range.map { [$0.low, $0.high] } ?? [])
    }

    /// The chart of a table: means over a window of steps and, where they are few, the steps behind them.
    func chart(of table: StepTable) -> Chart {
        let shown = shown(of: table)
        let curves = shown.enumerated().map { index, entry in
            curve(entry.name, color: index, metric: entry.metric, of: table)
        }
        let hasSteps = isSmoothed && form == .line && range == nil && shown.count <= 2
        let steps =
            !hasSteps
            ? []
            : shown.enumerated().compactMap { index, entry in
                table.series[entry.metric].map { Curve.plain("", color: index, $0, form: .faint) }
            }
        return Chart(id: id, title: title, note: note, unit: unit, curves: steps + curves)
    }

    /// The curve of one metric; without points when the table lacks it.
    func curve(_ name: String, color: Int, metric: String, of table: StepTable) -> Curve {
        guard let series = table.series[metric] else {
            return Curve(name: name, color: color, form: form, points: [])
        }
        guard form == .line else { return .plain(name, color: color, filled(series, table), form: form) }
        let ends = [range?.low, range?.high].map { name -> [Double]? in
            guard let end = name.flatMap({ table.series[$0] }), end.steps == series.steps else { return nil }
            return smoothed(end)
        }
        let points = zip(series.steps, smoothed(series)).enumerated().map { index, point in
            CurvePoint(
                step: Double(point.0), value: point.1, low: ends[0]?[index], high: ends[1]?[index])
        }
        return Curve(name: name, color: color, form: form, points: thinned(points))
    }

    /// The means over a window of steps.
    private func smoothed(_ series: Series) -> [Double] {
        guard isSmoothed else { return series.values }
        return MovingMean(for: series.values.count, least: 1).estimates(series.values).map(\.value)
    }

    /// A series with 0 at the steps where it has nothing: areas are stacked step by step.
    private func filled(_ series: Series, _ table: StepTable) -> Series {
        guard series.steps != table.steps else { return series }
        return Series(steps: table.steps, values: table.steps.map { series[$0] ?? 0 })
    }
}

extension RunRecords {
    /// The charts of the training's metrics, of time and of memory.
    func metricSections() -> [ChartSection] {
        func section(_ id: String, _ title: String, _ charts: [MetricChart], _ table: StepTable)
            -> ChartSection
        {
            ChartSection(
                id: id, title: title, note: curveNote(stepCount: table.steps.count),
                charts: charts.map { $0.chart(of: table) }.filter { !$0.isEmpty })
        }
        return [
            section("training", "Training", MetricChart.training, metrics),
            section("speed", "Time and memory", MetricChart.timing, timing),
        ]
    }

    /// The names of the metrics that no chart shows, and what they were in the first and the last tenth of the steps.
    func otherMetrics() -> [(name: String, first: Double, last: Double)] {
        let shownRewards = Set(tasks.map { "rewards/\($0)/mean" })
        return [(metrics, MetricChart.training), (timing, MetricChart.timing)].flatMap { table, charts in
            let used = Set(charts.flatMap { $0.used(of: table) }).union(shownRewards)
            return table.series.filter { !used.contains($0.key) }.sorted { $0.key < $1.key }.map {
                name, series in
                let tenth = max(1, series.values.count / 10)
                return (name, mean(series.values.prefix(tenth)), mean(series.values.suffix(tenth)))
            }
        }
    }
}
