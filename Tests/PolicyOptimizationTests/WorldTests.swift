// What changes when several processes share a step: denominators and gradients span all of them.
import Testing

@testable import Collectives
@testable import PolicyOptimization
@testable import TensorMath

/// What two processes that hold the same get.
func twins<Result: Equatable & Sendable>(
    _ body: @escaping @Sendable (any World) throws -> Result
) throws -> Result {
    let results = try ThreadWorld.run(2, body)
    #expect(results[0] == results[1])
    return results[0]
}

@Suite("Several processes")
struct WorldTests {
    private struct Ones: ParameterSource {
        func tensor(named name: String, shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }
    }

    @Test(
        "Two processes with the same answers weigh a token as one process with all of them",
        arguments: LossOptions.Aggregation.allCases)
    func weights(_ aggregation: LossOptions.Aggregation) throws {
        let shared = try twins {
            try tokenWeights(lengths: [2, 4], aggregation: aggregation, maxNewTokens: 8, world: $0)
        }
        let alone = try tokenWeights(lengths: [2, 4, 2, 4], aggregation: aggregation, maxNewTokens: 8)
        #expect(shared == Array(alone.prefix(2)))
    }

    @Test("Summed gradients keep their order; a weight that was not used here still takes part")
    func gradients() throws {
        let store = ParameterStore()
        let scope = Scope(Ones(), store: store)
        let (used, unused) = (
            try Linear(scope["used"], from: 2, to: 1), try Linear(scope["unused"], from: 2, to: 1)
        )
        let frozen = try Linear(scope["frozen"], from: 2, to: 1)
        store.freeze(prefixes: ["frozen"])
        let (_, share) = store.gradients { used(Tensor([3, 4], shape: [1, 2])).weightedSum([1]) }
        var calls: [Int] = []
        let sums = share.summed(store) { buffer in
            calls.append(buffer.count)
            for index in buffer.indices { buffer[index] *= 2 }
        }
        #expect(sums[used.weight.name]?.elements == [6, 8] && share[used.weight.name]?.elements == [3, 4])
        #expect(sums[unused.weight.name]?.elements == [0, 0] && sums[frozen.weight.name] == nil)
        #expect(calls == [2, 2])
    }
}
