// Phases that processes leave together, and values that process 0 gets from all.
import Collectives
import Rewards
import Testing

@testable import Rollouts

@Suite("Phases of several processes")
struct TogetherTests {
    @Test("When one process was asked to stop, all stop with its signal")
    func stopped() throws {
        let signals = try ThreadWorld.run(4) { world -> Int32? in
            let interruption = Interruption()
            if world.rank == 2 { interruption.request(15) }
            do {
                try world.together("phase", interruption) {}
                return nil
            } catch let stop as Interruption.Stopped { return stop.signal }
        }
        #expect(signals == [15, 15, 15, 15])
    }

    @Test("When one process cannot score, it has its own error, and the others know that another one failed")
    func failed() throws {
        let errors = try ThreadWorld.run(4) { world -> String in
            do {
                try world.together("phase", Interruption()) {
                    if world.rank == 1 {
                        throw RewardError.scorerFails(
                            task: "open", command: "judge", count: 3, reason: "no reply")
                    }
                }
                return "none"
            } catch is RewardError { return "own" } catch is OtherProcessFailed { return "other" }
        }
        #expect(errors == ["other", "own", "other", "other"])
    }

    @Test(
        "Batches that processes make in turn come back in order, and numbers keep their bits",
        arguments: [1, 2, 4])
    func batches(_ size: Int) throws {
        let values = [0.1, -0.0, .infinity, .leastNonzeroMagnitude, 1 / 3, 2e300, -.pi]
        let found = try ThreadWorld.run(size) { world in
            try world.gathered(
                batches: values.enumerated().filter { world.makes(batch: $0.offset) }.map(\.element),
                of: values.count)
        }
        #expect(found[0].map(\.bitPattern) == values.map(\.bitPattern))
        #expect(Array(found.dropFirst()) == Array(repeating: [], count: size - 1))
    }
}
