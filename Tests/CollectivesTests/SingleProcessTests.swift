// The one-process world: the identity that training uses when nobody asked for more processes.
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

    @Test("A barrier does not wait for anybody, however often it is passed")
    func barrier() throws {
        for _ in 0..<1000 { try world.barrier() }
    }
}
