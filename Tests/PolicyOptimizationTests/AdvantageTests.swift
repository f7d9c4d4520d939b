// Advantages by hand: scalings, moving averages of tasks, the penalty for long answers.
import Foundation
import TestKit
import Testing

@testable import Collectives
@testable import PolicyOptimization
@testable import Rollouts

/// The advantages of rewards with one part; moving averages begin with these rewards.
func advantages(
    _ groups: [[Double?]], _ options: AdvantageOptions = .init(), world: any World = SingleProcess()
) throws -> [[Double]] {
    let groups = groups.map { RewardedGroup(rewards: $0.map { $0.map { AnswerReward($0) } }) }
    var spread = TaskSpread()
    try spread.add(groups, tasks: [""], decay: options.decay, world: world)
    return try groupAdvantages(groups, options, spread: spread, world: world)
}

@Suite("Advantages")
struct AdvantageTests {
    private static let rewards: [Double?] = [0, 0, 1, 0, 1, 0, 0, 1]

    private func options(
        _ scaling: AdvantageOptions.Scaling = .group, _ deviation: DeviationKind = .population,
        epsilon: Double = 0
    ) -> AdvantageOptions {
        var options = AdvantageOptions()
        (options.scaling, options.deviation, options.epsilon) = (scaling, deviation, epsilon)
        return options
    }

    @Test(
        "The paper's example has the values of both conventions",
        arguments: [
            (DeviationKind.population, 1.2909944, -0.7745967), (.sample, 1.2076147, -0.7245688),
        ])
    func example(_ deviation: DeviationKind, _ right: Double, _ wrong: Double) throws {
        let found = try advantages([Self.rewards], options(.group, deviation))[0]
        for (reward, advantage) in zip(Self.rewards, found) {
            expectClose(advantage, reward == 1 ? right : wrong, absolute: 1e-7, "\(deviation)")
        }
    }

    @Test("The default divides by the population deviation plus 1e-4")
    func defaults() throws {
        let found = try advantages([Self.rewards])[0]
        expectClose(found[2], 0.625 / (0.484_122_918_275_927 + 1e-4), absolute: 1e-12, "advantage")
    }

    @Test("A group without spread teaches nothing, also when rounding makes its rewards differ")
    func noSpread() throws {
        let rounded: [Double?] = [0.1 + 0.2, 0.3, 0.3]
        for scaling in AdvantageOptions.Scaling.allCases {
            let found = try advantages([[1, 1, 1], rounded, [2]], options(scaling))
            #expect(found == [[0, 0, 0], [0, 0, 0], [0]])
        }
    }

    @Test("Answers that do not count get 0 and stay out of the statistics")
    func excluded() throws {
        let found = try advantages([[1, nil, 0]], options())[0]
        #expect(found == [1, 0, -1])
        for scaling in AdvantageOptions.Scaling.allCases {
            #expect(try advantages([[nil, nil], []], options(scaling)) == [[0, 0], []])
        }
    }

    @Test("Scaling none only subtracts the mean; batch divides every group by one deviation")
    func scalings() throws {
        let groups: [[Double?]] = [[0, 1], [0, 3]]
        #expect(try advantages(groups, options(.none)) == [[-0.5, 0.5], [-1.5, 1.5]])
        let batch = try advantages(groups, options(.batch))
        let deviation = 1.25.squareRoot()
        expectClose(batch[0][1], 0.5 / deviation, absolute: 1e-12, "first group")
        expectClose(batch[1][1], 1.5 / deviation, absolute: 1e-12, "second group")
    }

    @Test("Processes that share a step divide by the deviation of all their rewards")
    func processes() throws {
        let groups: [[Double?]] = [[0, 1], [0, 3, nil]]
        for scaling in AdvantageOptions.Scaling.allCases {
            let alone = try advantages(groups + groups, options(scaling))
            let options = options(scaling)
            #expect(try twins { try advantages(groups, options, world: $0) } == Array(alone.prefix(2)))
        }
    }

    @Test("Moving averages of a task begin with its first rewards and then move by a share of the difference")
    func movingAverages() throws {
        func group(_ task: String, _ rewards: [Double]) -> RewardedGroup {
            RewardedGroup(task: task, rewards: rewards.map { AnswerReward($0) })
        }
        var spread = TaskSpread()
        let tasks = ["chart", "mcq"]
        try spread.add([group("mcq", [0, 1])], tasks: tasks, decay: 0.9, world: SingleProcess())
        #expect(spread.deviation(of: "mcq", floor: 1e-3) == 0.5)
        #expect(spread.deviation(of: "chart", floor: 1e-3) == 1e-3)
        try spread.add(
            [group("mcq", [1, 1]), group("chart", [2, 2])], tasks: tasks, decay: 0.9, world: SingleProcess())
        // First moments 0.55 and second 0.55; a task with equal rewards has the floor.
        expectClose(
            spread.deviation(of: "mcq", floor: 1e-3), (0.55 - 0.55 * 0.55).squareRoot(), absolute: 1e-12,
            "mcq")
        #expect(spread.deviation(of: "chart", floor: 1e-3) == 1e-3)
        let saved = try JSONDecoder().decode(TaskSpread.self, from: JSONEncoder().encode(spread))
        #expect(saved == spread)
    }

    @Test(
        "The penalty for long answers grows over the buffer",
        arguments: [(0, 0.0), (70, 0), (80, 0), (90, -0.5), (100, -1), (120, -1)])
    func overlong(_ count: Int, _ expected: Double) {
        expectClose(
            overlongPenalty(count, limit: 100, buffer: 20), expected, absolute: 1e-12, "\(count) tokens")
        #expect(overlongPenalty(count, limit: 100, buffer: 0) == 0)
    }
}
