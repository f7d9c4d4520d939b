// Tensors, conversions, memory, schedules, parameters.
import Basics
import Testing

@testable import TensorMath

@Suite("Tensor")
struct TensorTests {
    @Test("views share elements and keep their place") func views() {
        let x = Tensor((0..<12).map(Float.init), shape: [4, 3])
        #expect(x.rows(1..<3).elements == [3, 4, 5, 6, 7, 8])
        #expect(x.rows(1..<3).reshaped([3, 2]).rows(2..<3).elements == [7, 8])
        #expect(linear(x.rows(2..<3), x.rows(0..<1)).elements == [Float(23)])
    }

    @Test("stored types widen exactly and narrow back", arguments: [DType.float32, .bfloat16, .float16])
    func conversions(_ dtype: DType) {
        let x = Tensor([0, 1, -2.5, 0.0078125, 240], shape: [5])
        let bytes = x.bytes(as: dtype)
        #expect(bytes.count == 5 * dtype.byteCount)
        #expect(
            bytes.withUnsafeBytes { Tensor(widening: $0, dtype: dtype, shape: [5]) }.elements == x.elements)
        // Elements at an odd address, as a mapped file may have them.
        let shifted = [0] + bytes
        #expect(
            shifted.withUnsafeBytes {
                Tensor(widening: UnsafeRawBufferPointer(rebasing: $0[1...]), dtype: dtype, shape: [5])
            }.elements == x.elements)
        x.converted(to: dtype == .bfloat16 ? .bfloat16 : .float32).withBytes(as: dtype) {
            #expect(Array($0) == bytes)
        }
    }

    @Test("elements that are read in pieces are those of all at once", arguments: [DType.float32, .bfloat16])
    func pieces(_ dtype: DType) {
        let count = (5 << 20) / dtype.byteCount + 3
        let bytes = Tensor((0..<count).map { Float($0 % 251) - 125 }, shape: [count]).bytes(as: dtype)
        var ranges: [Range<Int>] = []
        let read = Tensor(widening: dtype, shape: [count]) { range, body in
            ranges.append(range)
            bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
        }
        #expect(
            read.elements
                == bytes.withUnsafeBytes { Tensor(widening: $0, dtype: dtype, shape: [count]) }.elements)
        #expect(ranges.map(\.count) == [2 << 20, 2 << 20, bytes.count - (4 << 20)])
    }

    @Test("a weight over borrowed memory is copied before it changes") func borrowed() {
        let owner = Storage(count: 6)
        for index in 0..<6 { owner.pointer[index] = Float(index) }
        let weight = Parameter(
            name: "w", role: .matrix,
            weight: .tensor(
                Tensor(
                    borrowing: UnsafeRawBufferPointer(start: owner.bytes, count: 24), dtype: .float32,
                    shape: [2, 3], owner: owner)))
        weight.update { value, _ in value[0] = 7 }
        #expect(weight.value.elements == [7, 1, 2, 3, 4, 5] && owner.pointer[0] == 0)
    }

    @Test("broken contracts stop with both shapes") func contracts() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor([1, 2], shape: [2]) + Tensor([1, 2, 3], shape: [3])
        }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [3]) }
    }

    @Test("views and conversions of a recorded tensor stop: the gradient would be lost") func recorded() async
    {
        await #expect(processExitsWith: .failure) { _ = Tape().leaf(Tensor([1, 2], shape: [2])).rows(0..<1) }
        await #expect(processExitsWith: .failure) {
            _ = Tape().leaf(Tensor([1, 2], shape: [2])).converted(to: .bfloat16)
        }
        await #expect(processExitsWith: .failure) {
            _ = Tape().leaf(Tensor([1, 2], shape: [2])).converted(to: .float32)
        }
        let leaf = Tape().leaf(Tensor([1, 2], shape: [2]))
        #expect(leaf.detached.rows(1..<2).elements == [2])
        #expect(leaf.detached.converted(to: .bfloat16).converted(to: .float32).elements == [1, 2])
    }

    @Test("schedules warm up and fall") func schedules() {
        let linear = Schedule(peak: 1, warmupSteps: 4, totalSteps: 14, shape: .linear)
        #expect((0..<5).map(linear.rate) == [0.25, 0.5, 0.75, 1, 1])
        #expect(linear.rate(at: 9) == 0.5 && linear.rate(at: 14) == 0)
        let cosine = Schedule(peak: 2, totalSteps: 10, shape: .cosine, floor: 0.1)
        #expect(cosine.rate(at: 0) == 2 && abs(cosine.rate(at: 10) - 0.2) < 1e-12)
        #expect(Schedule(peak: 3, totalSteps: 1).rate(at: 1000) == 3)
    }

    private struct Ones: ParameterSource {
        func tensor(named name: String, shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }
    }

    @Test("parameters keep declaration order and public names; frozen ones get no gradient") func store()
        throws
    {
        let store = ParameterStore()
        let scope = Scope(Ones(), store: store)["model"]["layers"][3]
        let layer = try Linear(scope["up"], from: 2, to: 3, hasBias: true)
        _ = try RMSNorm(scope["norm"], size: 3, epsilon: 1e-6)
        #expect(
            store.all.map(\.name) == [
                "model.layers.3.up.weight", "model.layers.3.up.bias", "model.layers.3.norm.weight",
            ])
        store.freeze(prefixes: ["model.layers.3.up.b"])
        let x = Tensor([1, 2], shape: [1, 2])
        let (loss, gradients) = store.gradients { layer(x).weightedSum([1, 1, 1]) }
        #expect(loss == 12)
        #expect(gradients["model.layers.3.up.weight"]?.elements == [1, 2, 1, 2, 1, 2])
        #expect(gradients["model.layers.3.up.bias"] == nil && gradients["model.layers.3.norm.weight"] == nil)
        let before = layer.weight.value
        AdamW(store).step(gradients, learningRate: 0.1)
        #expect(before.elements == [Float](repeating: 1, count: 6), "an old view must not change")
        #expect(abs(layer.weight.value.elements[0] - 0.9) < 1e-6 && layer.bias?.value.elements == [1, 1, 1])
    }

    // In a process of its own: the counters are those of a process, and other tests use memory at the same time.
    @Test("memory of dropped tensors is counted back") func memory() async {
        await #expect(processExitsWith: .success) {
            let before = MemoryStatistics.liveBytes
            let held = withExtendedLifetime(Tensor(repeating: 1, shape: [1 << 18])) {
                MemoryStatistics.liveBytes - before
            }
            require(held == 1 << 20, "\(held) bytes are counted for a tensor of 1 MiB")
            require(MemoryStatistics.liveBytes == before, "the bytes are still counted")
            require(MemoryStatistics.peakBytes >= before + 1 << 20, "the peak is lower than the use")
        }
    }

    // Under sanitizers no block waits.
    @Test(
        "blocks that wait add at most 64 MiB to the most that was live; those used longest ago leave first",
        .enabled(if: MemoryPool.waitingLimit > 0))
    func surplus() {
        var blocks = MemoryPool.Blocks()
        let owner = Storage(byteCount: 0)
        func take(_ size: Int) -> (isReused: Bool, left: [Int]) {
            var surplus: [MemoryPool.Block] = []
            let block = blocks.take(size, surplus: &surplus)
            return (block != nil, surplus.map(\.size))
        }
        func put(_ sizes: Int...) {
            for size in sizes {
                let isKept = blocks.put(MemoryPool.Block(pointer: owner.bytes, size: size))
                #expect(isKept)
            }
        }
        let (a, b, c, d) = (64 << 20, 80 << 20, 96 << 20, 56 << 20)
        _ = (take(a), take(b))
        put(a, b)
        // 144 MiB wait; a block of 96 makes 240, more than 144 + 64. The one of 64 was used first.
        #expect(take(c) == (false, [a]))
        put(c)
        #expect(take(b) == (true, []))
        // 80 and 56 are live, and 96 wait: 232, so that they leave.
        #expect(take(d) == (false, [c]))
        put(b, d)
        var live: [Int] = []
        var state: UInt64 = 5
        func random(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
        var most = 144 << 20
        for _ in 0..<5000 {
            if random(2) == 0, let size = live.popLast() {
                put(size)
            } else if live.reduce(0, +) < 1 << 30 {
                let size = MemoryPool.roundedSize(1 + random(64 << 20))
                _ = take(size)
                live.append(size)
                most = max(most, live.reduce(0, +))
            }
            #expect(blocks.live == live.reduce(0, +))
            #expect(blocks.live + blocks.waiting <= most + (64 << 20))
        }
        #expect(blocks.peakHeld >= most && blocks.peakHeld <= most + (64 << 20))
    }

    @Test("sizes of blocks that differ have lists of their own") func sizeClasses() {
        let steps = (3...59).flatMap { exponent in (8..<16).map { $0 << (exponent - 3) } }
        let requests = Array(1...4096) + steps.flatMap { [$0 - 1, $0, $0 + 1] }
        var sizes: [Int: Int] = [:]
        for request in requests {
            let size = MemoryPool.roundedSize(request)
            #expect(size >= request && size <= max(256, request + request / 4))
            let known = sizes.updateValue(size, forKey: MemoryPool.sizeClass(size)) ?? size
            #expect(known == size, "\(known) and \(size) bytes share a list")
        }
        #expect(sizes.keys.min() == 3 && MemoryPool.sizeClass(.max) >= sizes.keys.max() ?? 0)
    }
}
