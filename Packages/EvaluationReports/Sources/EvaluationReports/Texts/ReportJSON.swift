// Reports and comparisons as JSON, with all digits of each number.
internal import ReportPages
internal import StrictJSON

extension EvaluationReport {
    /// The report as JSON: every score of every set by every rule.
    public var json: String {
        let runs = zip(runs, scores).map { run, scores -> OrderedJSON in
            .members([
                "name": .string(run.name),
                "facts": .object(run.facts.map { .init(key: $0.name, value: .string($0.value)) }),
                "sets": .array(scores.map(\.json)),
            ])
        }
        return OrderedJSON.members([
            "format": .string("evaluation report 1"), "rule": .string(rule), "runs": .array(runs),
        ]).indented + "\n"
    }
}

extension EvaluationComparison {
    /// The comparison as JSON: every difference of every set by every rule.
    public var json: String {
        OrderedJSON.members([
            "format": .string("evaluation comparison 1"), "rule": .string(rule),
            "runs": .value(runs.map(\.name)), "comparisons": .array(sets.map(\.json)), "notes": .value(notes),
        ]).indented + "\n"
    }
}

extension SetScores {
    fileprivate var json: OrderedJSON {
        .members([
            "set": .string(set), "benchmark": .string(benchmark), "rule": .string(rule),
            "headline": headline.json, "scores": .array(others.map(\.json)),
            "samples": .value(sampleCount), "answers": counts.json, "letters": letters?.json ?? .null,
            "notes": .value(notes),
        ])
    }
}

extension Score {
    fileprivate var json: OrderedJSON {
        .members([
            "axis": .string(axis), "name": .string(name), "measure": .string(measure.rawValue),
            "n": .value(count), "right": right.map { .value($0) } ?? .null, "value": .exact(value),
            "standardError": .exact(standardError), "wilson95": .interval(wilson),
            "bootstrap95": .interval(bootstrap),
        ])
    }
}

extension AnswerCounts {
    fileprivate var json: OrderedJSON {
        .members([
            "total": .value(total),
            "statuses": .object(statuses.map { .init(key: $0.status, value: .value($0.count)) }),
            "cutOff": .value(cutOff), "meanTokens": .exact(meanTokens),
        ])
    }
}

extension LetterCounts {
    fileprivate var json: OrderedJSON {
        .members([
            "letters": .value(letters), "read": .array(read.map { .value($0) }),
            "right": .array(gold.map { .value($0) }), "unread": .value(unread),
            "bestConstant": .string(bestLetter), "bestConstantShare": .exact(bestShare),
            "bestConstantCircularShare": .exact(bestCircularShare),
        ])
    }
}

extension SetComparison {
    fileprivate var json: OrderedJSON {
        .members([
            "set": .string(set), "benchmark": .string(benchmark), "rule": .string(rule),
            "first": .string(first), "second": .string(second), "firstScore": firstScore.json,
            "secondScore": secondScore.json, "difference": difference.json,
            "fixed": .value(outcomes[.fixed] ?? 0), "broken": .value(outcomes[.broken] ?? 0),
            "bothWrong": .value(outcomes[.bothWrong] ?? 0),
            "bothRight": .value(outcomes[.bothRight] ?? 0), "exactP": .exact(exactP), "midP": .exact(midP),
            "signFlipP": .exact(signFlipP), "holmP": .exact(adjustedP), "detectable": .exact(detectable),
            "overlap": overlap.map { .members(["difference": $0.difference.json, "p": .exact($0.p)]) }
                ?? .null,
            "groups": .array(
                groups.map {
                    .members([
                        "axis": .string($0.axis), "name": .string($0.name), "fixed": .value($0.fixed),
                        "broken": .value($0.broken), "difference": $0.difference?.json ?? .null,
                    ])
                }),
        ])
    }
}

extension PairedDifference {
    fileprivate var json: OrderedJSON {
        .members([
            "n": .value(count), "value": .exact(difference), "standardError": .exact(standardError),
            "normal95": .interval(normal), "bootstrap95": .interval(bootstrap),
        ])
    }
}

extension OrderedJSON {
    /// A number with all its digits; null without one.
    fileprivate static func exact(_ value: Double?) -> OrderedJSON { value.map { .number("\($0)") } ?? .null }

    /// The ends of an interval; null without one.
    fileprivate static func interval(_ interval: Interval?) -> OrderedJSON {
        interval.map { .array([.exact($0.low), .exact($0.high)]) } ?? .null
    }
}
