// The world of one process, the default of training.
import Collectives
import Testing

@Suite("SingleProcess")
struct SingleProcessTests {
    let world: any World = SingleProcess()

    @Test("The only process is number 0 of 1 and has all items")
    func identity() {
        #expect(world.rank == 0)
        #expect(world.size == 1)
        #expect(world.share(of: 7) == 0..<7)
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

    @Test("The only process has the bytes of all, and its number is the largest")
    func bytes() throws {
        var bytes: [UInt8] = [1, 2, 3]
        try world.broadcast(&bytes, from: 0)
        try bytes.withUnsafeMutableBytes { try world.allGather([($0, [1..<2])]) }
        #expect(bytes == [1, 2, 3])
        #expect(try world.gather(bytes) == [bytes])
        #expect(try world.largest(-4) == -4)
    }
}
