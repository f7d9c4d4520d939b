// What changes when several processes share a step: denominators and gradients span all of them.
import Dispatch
import Foundation
import Synchronization
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

    /// Two processes of which the other one has the same values; tells which weight was summed.
    private final class Twin: ProcessGroup, @unchecked Sendable {
        let rank = 0, size = 2
        let summed = DispatchSemaphore(value: 0)
        private let counts = Mutex<[Int]>([])

        var order: [Int] { counts.withLock { $0 } }
        func sum(_ values: inout [Double]) { for index in values.indices { values[index] *= 2 } }
        func largest(_ number: Int) -> Int { number }
        func reduceScatter(_ parts: [FloatPieces]) {
            for (values, _) in parts {
                for index in values.indices { values[index] *= 2 }
            }
            counts.withLock { $0 += parts.map(\.values.count) }
            summed.signal()
        }
        func allGather(_ parts: [BytePieces]) {}
        func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes, bytes] }
    }

    @Test("A gradient goes to the other processes before the gradients of earlier weights are known")
    func beside() throws {
        let (store, twin) = (ParameterStore(), Twin())
        let scope = Scope(Ones(), store: store)
        let layers = try (1...3).map { try Linear(scope["\($0)"], from: 4, to: $0) }
        store.split(over: twin)
        let exchange = GradientExchange(store, bucketElements: 1, agree: {})
        exchange.begin([1, nil, 2])
        exchange.give(nil, at: 1)
        exchange.give(Tensor(repeating: 3, shape: layers[2].weight.shape), at: 2)
        #expect(twin.summed.wait(timeout: .now() + 60) == .success && twin.order == [12])
        exchange.give(Tensor(repeating: 1, shape: layers[0].weight.shape), at: 0)
        let gradients = try exchange.finish().gradients
        #expect(twin.order == [12, 4] && gradients.tensors[1] == nil)
        // Each weight is one block, and the blocks go to the processes in turn.
        #expect(gradients.tensors[0]?.elements == [2, 2, 2, 2] && gradients.tensors[2]?.count == 12)
    }

    @Test("Backward waits when many gradients are on their way, and not for a gradient that comes later")
    func bounded() throws {
        let (store, twin) = (ParameterStore(), Twin())
        let scope = Scope(Ones(), store: store)
        let layers = try (0..<4).map { try Linear(scope["\($0)"], from: 4, to: 1) }
        store.split(over: twin)
        let gradients = layers.map { Tensor(repeating: 1, shape: $0.weight.shape) }
        let exchange = GradientExchange(store, bucketElements: 4, agree: {})
        // The exchange waits for weight 3, so all others may come first.
        exchange.begin([1, 2, 3, 4])
        for index in 0..<4 {
            #expect(twin.order.isEmpty)
            exchange.give(gradients[index], at: index)
        }
        #expect(try exchange.finish().gradients.tensors.allSatisfy { $0 != nil })

        // The exchange is held before its first call: one gradient may wait, and the next one does not get in.
        let (held, given, all) = (
            DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
        )
        let busy = GradientExchange(store, bucketElements: 4, agree: { held.wait() })
        busy.begin([1, 2, 3, 4])
        Thread {
            for index in (0..<4).reversed() {
                busy.give(gradients[index], at: index)
                given.signal()
            }
            all.signal()
        }.start()
        #expect(given.wait(timeout: .now() + 60) == .success)
        #expect(given.wait(timeout: .now() + 0.2) == .timedOut)
        held.signal()
        #expect(all.wait(timeout: .now() + 60) == .success)
        #expect(try busy.finish().gradients.tensors.allSatisfy { $0 != nil })
    }

    @Test(
        "A weight whose gradient only seemed possible has none, and an error before the exchange reaches the caller"
    )
    func exchanged() throws {
        let store = ParameterStore()
        _ = try Linear(Scope(Ones(), store: store)["only"], from: 2, to: 2)
        store.split(over: Twin())
        let unused = GradientExchange(store, agree: {})
        unused.begin([0])
        unused.give(nil, at: 0)
        #expect(try unused.finish().gradients.tensors[0] == nil)
        let failing = GradientExchange(store, agree: { throw WorldError.memberCount(3) })
        failing.giveNothing()
        #expect(throws: WorldError.self) { try failing.finish() }
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
            func loss(_ row: Int) -> Tensor {
                let hidden = large(Tensor(Array(input[row * 384..<(row + 1) * 384]), shape: [1, 384]))
                // The last unit does not use the small layer.
                return row == 3
                    ? hidden.weightedSum((0..<384).map(Float.init))
                    : small(hidden).weightedSum([1, Float(row)])
            }
            // Four units of one row, as many in every process; the last row's gradients go out while others are computed.
            var tree = TreeSum<Gradients> { $0.add($1) }
            let rows = world.share(of: 4)
            for row in rows.dropLast() { tree.append(store.gradients { loss(row) }.gradients) }
            var parts = tree.takeParts()
            let exchange = GradientExchange(store, agree: {})
            var none = Gradients.none(store)
            store.backward(adding: &none) {
                loss(rows.upperBound - 1)
            } begin: {
                exchange.begin(parts.places(firstUses: $0))
            } receive: {
                exchange.give(parts.takeTotal(adding: $1, at: $0), at: $0)
            }
            let gradients = try exchange.finish().gradients
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
