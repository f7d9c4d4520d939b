// From the rewards of a group to the advantages of its answers: the group is its own baseline.
internal import Collectives
internal import Rollouts

/// The advantages of a step's answers.
///
///     group, none, batch, taskEMA   A_i = (r_i - mean(group)) / divisor
///     perReward                     A_i = (s_i - mean(s)) / (deviation(s) + epsilon) over all answers of the step,
///                                   s_i = sum over parts of weight (p_i - mean(group)) / (deviation(group) + epsilon)
///
/// Sources: Shao et al., DeepSeekMath, 2024; the population deviation as in the Mixed-R1 paper's example;
/// `AdvantageOptions.Scaling` names those of the other scalings.
///
/// A group whose rewards are all equal teaches nothing: its advantages are 0.
///
/// - Parameters:
///   - groups: This process's groups. An answer without a reward has the advantage 0 and no influence on the
///     statistics.
///   - options: Scaling and deviation.
///   - spread: The moving averages of the tasks; must contain this step's rewards for `taskEMA`.
///   - units: This process's units of the step.
///   - world: The processes that share the step; statistics of the step span all of them.
/// - Returns: Advantages, one per answer of each group.
/// - Throws: When a process cannot be reached.
func groupAdvantages(
    _ groups: [RewardedGroup], _ options: AdvantageOptions = .init(), spread: TaskSpread = .init(),
    units: Range<Int> = 0..<1, world: any World = SingleProcess()
) throws -> [[Double]] {
    if options.scaling == .perReward { return try perRewardAdvantages(groups, options, units, world) }
    let distances = groups.map { centered($0.totals) }
    let ofBatch =
        options.scaling == .batch
        ? try moments(byUnit(groups, distances, units), options.deviation, world).deviation : 0
    return zip(groups, distances).map { group, distances in
        let ofGroup = deviation(group.totals.compactMap { $0 }, options.deviation)
        // Not `>`: a deviation that is not a number must not look like none.
        if ofGroup <= smallestSpread { return distances.map { _ in 0 } }
        let divisor =
            switch options.scaling {
            case .group, .perReward: ofGroup + options.epsilon
            case .none: 1.0
            case .batch: ofBatch + options.epsilon
            case .taskEMA: spread.deviation(of: group.task, floor: options.floor)
            }
        // A deviation beyond float64 must not look like equal rewards either.
        return distances.map { $0.map { divisor.isFinite ? $0 / divisor : .nan } ?? 0 }
    }
}

/// The distances of known values to their mean.
private func centered(_ values: [Double?]) -> [Double?] {
    let mean = average(values.compactMap { $0 })
    return values.map { $0.map { $0 - mean } }
}

/// The known values of each unit.
private func byUnit(_ groups: [RewardedGroup], _ values: [[Double?]], _ units: Range<Int>) -> [[Double]] {
    units.map { unit in
        zip(groups, values).flatMap { $0.unit == unit ? $1.compactMap { $0 } : [] }
    }
}

private func perRewardAdvantages(
    _ groups: [RewardedGroup], _ options: AdvantageOptions, _ units: Range<Int>, _ world: any World
) throws -> [[Double]] {
    let sums: [[Double?]] = groups.map { group in
        var sums: [Double?] = group.rewards.map { $0 == nil ? nil : 0 }
        var hasSpread = false
        for part in 0..<(group.rewards.compactMap { $0?.parts.count }.max() ?? 0) {
            let values = group.rewards.map { $0?.parts[part].value }
            let ofPart = deviation(values.compactMap { $0 }, options.deviation)
            if ofPart <= smallestSpread { continue }
            hasSpread = true
            for (index, distance) in centered(values).enumerated() {
                guard let distance, let weight = group.rewards[index]?.parts[part].weight else { continue }
                sums[index]? += weight * distance / (ofPart + options.epsilon)
            }
        }
        // A group that teaches nothing has no part in the statistics of those that do.
        return hasSpread ? sums : sums.map { _ in nil }
    }
    let (mean, ofBatch) = try moments(byUnit(groups, sums, units), options.deviation, world)
    return sums.map { $0.map { $0.map { ($0 - mean) / (ofBatch + options.epsilon) } ?? 0 } }
}

/// Mean and standard deviation of values that all processes hold together, by unit.
private func moments(
    _ units: [[Double]], _ kind: DeviationKind, _ world: any World
) throws -> (mean: Double, deviation: Double) {
    let sums = try world.sum(ofUnits: units.map { [Double($0.count), $0.reduce(0, +)] })
    let mean = sums[0] > 0 ? sums[1] / sums[0] : 0
    let squares = try world.sum(
        ofUnits: units.map { [$0.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }] })
    let divisor = sums[0] - (kind == .sample ? 1 : 0)
    return (mean, sums[0] > 1 ? (squares[0] / divisor).squareRoot() : 0)
}
