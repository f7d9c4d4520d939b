// The world of one process, the default of training, and the shares of several.
import Collectives
import Testing

@Suite("SingleProcess")
struct SingleProcessTests {
    let world: any World = SingleProcess()

    @Test("The only process is number 0 of 1")
    func identity() {
        #expect(world.rank == 0)
        #expect(world.size == 1)
    }

    @Test("The shares of all processes are all items, each once, in the order of the ranks", arguments: 1...5)
    func shares(_ size: Int) {
        struct Ranked: World {
            let rank, size: Int
            func sum(_ values: inout [Double]) {}
            func sum(_ values: UnsafeMutableBufferPointer<Float>) {}
            func barrier() {}
        }
        #expect(world.share(of: 7) == 0..<7)
        for count in [0, 1, 4, 7] {
            let shares = (0..<size).map { Ranked(rank: $0, size: size).share(of: count) }
            #expect(shares.flatMap { Array($0) } == Array(0..<count))
        }
    }

    @Test("Statistics are their own sum")
    func statistics() throws {
        var values = [1.5, -0.0, .infinity, 1e-300]
        try world.sum(&values)
        #expect(values.map(\.bitPattern) == [1.5, -0.0, .infinity, 1e-300].map(\.bitPattern))
        var empty: [Double] = []
        try world.sum(&empty)
        #expect(empty.isEmpty)
    }

    @Test("Gradients are their own sum, bit for bit, in place")
    func gradients() throws {
        var values: [Float] = [0.1, -3, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        let before = values.map(\.bitPattern)
        try values.withUnsafeMutableBufferPointer { try world.sum($0) }
        #expect(values.map(\.bitPattern) == before)
        try world.sum(UnsafeMutableBufferPointer<Float>(start: nil, count: 0))
    }

    @Test("A barrier returns at once, however often it is called")
    func barrier() throws {
        for _ in 0..<1000 { try world.barrier() }
    }
}
