import Testing

// What changes when several processes share a step: denominators and gradients span all of them.
@testable import Collectives
@testable import PolicyOptimization
@testable import TensorMath

/// Two processes that hold the same: every sum is twice its addend.
struct Twins: World {
    let rank = 0
    let size = 2
    func sum(_ values: inout [Double]) { values = values.map { 2 * $0 } }
    func sum(_ values: UnsafeMutableBufferPointer<Float>) { for i in values.indices { values[i] *= 2 } }
    func barrier() {}
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
        let shared = try tokenWeights(
            lengths: [2, 4], aggregation: aggregation, maxNewTokens: 8, world: Twins())
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
            Twins().sum(buffer)
        }
        #expect(sums[used.weight.name]?.elements == [6, 8] && share[used.weight.name]?.elements == [3, 4])
        #expect(sums[unused.weight.name]?.elements == [0, 0] && sums[frozen.weight.name] == nil)
        #expect(calls == [2, 2])
    }
}
