// Moving averages of each task's rewards, for advantages whose scale differs from task to task.
internal import Collectives
internal import Rollouts
internal import StrictJSON

/// Moving averages of the rewards of each task and of their squares: part of the state of a run.
public struct TaskSpread: Codable, Sendable, Equatable {
    private struct Moments: Codable, Equatable {
        var first, second: Double
    }

    private var moments: [String: Moments] = [:]

    /// No task is known yet.
    public init() {}

    /// Adds the rewards of a step.
    ///
    /// The first rewards of a task are its first averages. Rewards whose sums are not finite are left out.
    ///
    /// - Parameters:
    ///   - groups: This process's groups.
    ///   - tasks: The tasks of all processes, in the same order in each of them.
    ///   - decay: The share of the old averages in the new ones.
    ///   - units: This process's units of the step.
    ///   - world: The processes that share the step.
    /// - Throws: When a process cannot be reached.
    mutating func add(
        _ groups: [RewardedGroup], tasks: [String], decay: Double, units: Range<Int> = 0..<1, world: any World
    ) throws {
        let sums = try world.sum(
            ofUnits: units.map { unit in
                tasks.flatMap { task in
                    let rewards = groups.filter { $0.unit == unit && $0.task == task }
                        .flatMap { $0.totals.compactMap { $0 } }
                    return [
                        Double(rewards.count), rewards.reduce(0, +), rewards.reduce(0) { $0 + $1 * $1 },
                    ]
                }
            })
        for (index, task) in tasks.enumerated() where sums[3 * index] > 0 {
            let count = sums[3 * index]
            let (first, second) = (sums[3 * index + 1] / count, sums[3 * index + 2] / count)
            guard first.isFinite, second.isFinite else { continue }
            let old = moments[task] ?? Moments(first: first, second: second)
            moments[task] = Moments(
                first: decay * old.first + (1 - decay) * first,
                second: decay * old.second + (1 - decay) * second)
        }
    }

    /// The averages by task: of the rewards, and of their squares.
    var json: JSONObject {
        JSONObject(moments.mapValues { .array([.number($0.first), .number($0.second)]) })
    }

    /// The standard deviation of a task's rewards, at least `floor`.
    func deviation(of task: String, floor: Double) -> Double {
        guard let known = moments[task] else { return floor }
        return max(floor, max(0, known.second - known.first * known.first).squareRoot())
    }
}
