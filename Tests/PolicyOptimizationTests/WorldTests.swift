// What changes when several processes share a step: denominators and gradients span all of them.
import TestKit
import Testing

@testable import Basics
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

    @Test(
        "Processes that split the weights make the updates of one process, bit for bit; each holds its pieces",
        arguments: [DType.float32, .bfloat16])
    func split(_ dtype: DType) throws {
        let alone = try Self.trained(SingleProcess(), dtype)
        for size in [2, 4] {
            let found = try ThreadWorld.run(size) { try Self.trained($0, dtype) }
            for member in found {
                #expect(member.products == alone.products && member.norms == alone.norms)
                #expect(member.moments.count == alone.moments.count)
            }
            #expect(found[0].weights == alone.weights && found[0].moments == alone.moments)
            // What is left of the largest matrix, of 147,456 elements in three blocks.
            #expect(found.map(\.held).reduce(0, +) == (dtype == .bfloat16 ? 1 : size) * alone.held)
        }
    }

    @Test("Every process has the same share of every weight, in whole blocks", arguments: [2, 4])
    func pieces(_ size: Int) throws {
        let found = try ThreadWorld.run(size) { world in
            let store = ParameterStore()
            let scope = Scope(Ones(), store: store)
            for (name, width) in [("a", 64), ("b", 512), ("c", 1025), ("d", 8)] {
                _ = try Linear(scope[name], from: 256, to: width)
            }
            store.split(over: WorldGroup(world))
            return (store.all.map(\.elementCount), try #require(store.pieces).ranges)
        }
        let (counts, ranges) = found[0]
        #expect(found.allSatisfy { $0.1 == ranges } && counts.max() == 1025 * 256)
        var blocks = [Int](repeating: 0, count: size)
        for (count, pieces) in zip(counts, ranges) {
            #expect(pieces.flatMap { Array($0) } == Array(0..<count))
            let own = pieces.map { ($0.count + 65_535) / 65_536 }
            #expect(own.reduce(0, +) == (count + 65_535) / 65_536)
            #expect((own.max() ?? 0) - (own.min() ?? 0) <= 1)
            blocks = zip(blocks, own).map { $0 + $1 }
        }
        #expect((blocks.max() ?? 0) - (blocks.min() ?? 0) <= 1)
    }

    /// What a process has after three updates of two matrices and a vector, one of which is never used.
    private struct Trained: Equatable, Sendable {
        var products: [[Float]] = []
        var norms: [Double] = []
        var weights: [[Float]] = []
        var moments: [[Float]] = []
        var held = 0
    }

    private static func trained(_ world: any World, _ dtype: DType) throws -> Trained {
        let store = ParameterStore()
        let scope = Scope(Ones(), store: store)
        let (large, small) = (
            try Linear(scope["large"], from: 384, to: 384), try Linear(scope["small"], from: 384, to: 2)
        )
        _ = try Linear(scope["unused"], from: 2, to: 2)
        _ = try Linear(scope["frozen"], from: 384, to: 384)
        store.freeze(prefixes: ["frozen"])
        store.setComputeType(dtype)
        store.split(over: WorldGroup(world))
        let optimizer = AdamW(store)
        var trained = Trained()
        for step in 0..<3 {
            var random = Seeded(UInt64(step))
            let input = (0..<4 * 384).map { _ in Float.random(in: -1...1, using: &random) }
            // Four units of one row, as many in every process.
            var tree = TreeSum<Gradients> { $0.add($1) }
            for row in world.share(of: 4) {
                tree.append(
                    store.gradients {
                        let hidden = large(
                            Tensor(Array(input[row * 384..<(row + 1) * 384]), shape: [1, 384]))
                        // The last unit does not use the small layer.
                        return row == 3
                            ? hidden.weightedSum((0..<384).map(Float.init))
                            : small(hidden).weightedSum([1, Float(row)])
                    }.gradients)
            }
            var gradients = tree.takeTotal() ?? .none(store)
            try gradients.sumOverProcesses(of: store)
            let squares = try GradientSquares(gradients, of: store)
            trained.norms += [squares.norm(), squares.norm { $0.hasPrefix("small") }]
            optimizer.step(gradients, learningRate: 0.01)
            try store.exchange { gradients.tensors[$0] != nil }
            #expect(try store.firstNonFinite() == nil)
        }
        trained.products = store.all.map { $0.tensor.converted(to: .float32).elements }
        trained.weights = try store.all.map { try $0.wholeValue().elements }
        trained.moments = try optimizer.moments.flatMap {
            [try $0.wholeFirst().elements, try $0.wholeSecond().elements]
        }
        trained.held = large.weight.heldValue.count
        return trained
    }
}
