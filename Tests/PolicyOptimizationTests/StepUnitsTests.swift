// The units of a step: their shares and places, and steps that do not depend on the number of processes.
import TestKit
import Testing

@testable import Collectives
@testable import PolicyOptimization
@testable import TensorMath

@Suite("Units of a step")
struct StepUnitsTests {
    @Test("Each process has the same number of units, and all units together are all questions in order")
    func shares() throws {
        for size in [1, 2, 4, 8] {
            let shares = try ThreadWorld.run(size) { world in
                let units = try StepUnits(8, world)
                #expect(units.own.count == 8 / size)
                // What the process has as a whole is what its units have.
                let all = units.own.flatMap { Array(units.share(of: 13, unit: $0)) }
                #expect(all == Array(world.share(of: 13)))
                return all
            }
            #expect(shares.flatMap { $0 } == Array(0..<13))
        }
    }

    @Test("Each update has an equal share of every unit, unit by unit")
    func places() throws {
        let units = try StepUnits(2, SingleProcess())
        let placed = units.placed([["a", "b", "c"], ["d", "e"]], updates: 2)
        #expect(placed.map(\.item) == ["a", "d", "b", "c", "e"])
        #expect(placed.map(\.place.update) == [0, 0, 1, 1, 1])
        #expect(placed.map(\.place.unit) == [0, 1, 0, 0, 1])
    }

    @Test("More processes than units are refused with both numbers")
    func tooFew() throws {
        let error = #expect(throws: TooFewUnits.self) {
            _ = try ThreadWorld.run(4) { try StepUnits(2, $0).own }
        }
        #expect(error == TooFewUnits(setting: "grpo.units", units: 2, processes: 4))
        #expect(error?.description.contains("grpo.units is 2, and 4 processes") == true)
    }

    @Test("The number of units is a power of two and at most the number of questions", arguments: [3, 6, 8])
    func conflicts(_ count: Int) {
        var options = GRPOOptions()
        (options.units, options.promptsPerStep) = (count, 7)
        #expect(options.conflicts.map(\.path) == ["units"])
        #expect(options.conflicts.first?.expected.contains("7") == true)
        options.units = 4
        #expect(options.conflicts.isEmpty)
    }

    @Test(
        "Statistics of a step are the same bits for any number of processes",
        arguments: AdvantageOptions.Scaling.allCases)
    func advantages(_ scaling: AdvantageOptions.Scaling) throws {
        var options = AdvantageOptions()
        options.scaling = scaling
        var random = Seeded(3)
        let groups = (0..<13).map { index in
            var group = RewardedGroup(
                task: ["mcq", "chart"][index % 2],
                rewards: (0..<5).map { _ in AnswerReward(Double.random(in: 0...1, using: &random)) })
            group.unit = (0..<8).first { (13 * $0 / 8..<13 * ($0 + 1) / 8).contains(index) } ?? 0
            return group
        }
        let found = try [1, 2, 4, 8].map { [options] size in
            try ThreadWorld.run(size) { world in
                let units = try StepUnits(8, world)
                let own = groups.filter { units.own.contains($0.unit) }
                var spread = TaskSpread()
                try spread.add(own, tasks: ["chart", "mcq"], decay: 0.9, units: units.own, world: world)
                return try groupAdvantages(own, options, spread: spread, units: units.own, world: world)
            }.flatMap { $0 }
        }
        #expect(found.allSatisfy { $0 == found[0] })
        #expect(found[0].count == 13)
    }
}
