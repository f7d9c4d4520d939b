// What every call gives for any number of members: sums in the order of the tree, bit for bit.
import Synchronization
import TestKit
import Testing

@testable import Collectives

/// Runs members with messages of 64 bytes; with `isDirect`, pieces of 64 bytes and more are copied from memory to memory.
func runMembers<Result: Sendable>(
    _ size: Int, isDirect: Bool = false, _ body: @escaping @Sendable (any World) throws -> Result
) throws -> [Result] {
    var options = TreeWorld<ThreadLink>.Options()
    options.timeout = .seconds(60)
    options.chunkByteCount = 64
    options.directByteCount = 64
    return try ThreadWorld.run(size, options: options, isDirect: isDirect, body)
}

@Suite("Calls of a world")
struct TreeWorldTests {
    @Test(
        "The shares of all members are all items, each once, in the order of the ranks",
        arguments: TestValues.sizes)
    func shares(_ size: Int) throws {
        for count in [0, 1, 4, 7] {
            let shares = try runMembers(size) { ($0.share(of: count), $0.shares(of: count)) }
            #expect(shares.flatMap { Array($0.0) } == Array(0..<count))
            #expect(shares.allSatisfy { $0.1 == shares.map(\.0) })
        }
    }

    @Test(
        "Sums of doubles have the order of the tree in all members", arguments: TestValues.sizes,
        TestValues.counts)
    func doubles(_ size: Int, _ count: Int) throws {
        let sums = try runMembers(size) { world in
            var values = TestValues.values(rank: world.rank, count: count)
            try world.sum(&values)
            return values.map(\.bitPattern)
        }
        let expected = TestValues.treeSum((0..<size).map { TestValues.values(rank: $0, count: count) })
        #expect(sums == [[UInt64]](repeating: expected.map(\.bitPattern), count: size))
    }

    @Test("The order of the tree is not that of the ranks, and the values tell them apart")
    func orders() {
        let addends = (0..<8).map { TestValues.values(rank: $0, count: 257) }
        let inARow = addends.dropFirst().reduce(addends[0]) { sum, next in zip(sum, next).map { $0 + $1 } }
        #expect(TestValues.treeSum(addends) != inARow)
    }

    @Test(
        "Sums of floats have the order of the tree in all members", arguments: TestValues.sizes,
        TestValues.counts)
    func floats(_ size: Int, _ count: Int) throws {
        let expected = TestValues.floatSums(size, count)
        for isDirect in [false, true] {
            let sums = try runMembers(size, isDirect: isDirect) { world in
                var values = TestValues.floats(rank: world.rank, count: count)
                try values.withUnsafeMutableBufferPointer { try world.sum($0) }
                return values.map(\.bitPattern)
            }
            #expect(sums == [[UInt32]](repeating: expected.map(\.bitPattern), count: size))
        }
    }

    @Test(
        "A reduce-scatter gives each member the sums of its piece, whatever the pieces are",
        arguments: TestValues.sizes,
        TestValues.counts)
    func reduceScatter(_ size: Int, _ count: Int) throws {
        for seed in 0..<6 as Range<UInt64> {
            let pieces = TestValues.pieces(size: size, count: count, seed: seed)
            let otherPieces = TestValues.pieces(size: size, count: count, seed: seed + 100)
            let sums = try runMembers(size, isDirect: seed % 2 == 1) { world in
                var values = TestValues.floats(rank: world.rank, count: count)
                var others = values
                try values.withUnsafeMutableBufferPointer { values in
                    try others.withUnsafeMutableBufferPointer { others in
                        try world.reduceScatter([(values, pieces), (others, otherPieces)])
                    }
                }
                return (values[pieces[world.rank]] + others[otherPieces[world.rank]]).map(\.bitPattern)
            }
            let expected = TestValues.floatSums(size, count)
            #expect(sums == zip(pieces, otherPieces).map { (expected[$0] + expected[$1]).map(\.bitPattern) })
        }
    }

    @Test(
        "An all-gather gives all members all pieces and leaves other bytes alone",
        arguments: TestValues.sizes,
        TestValues.counts)
    func allGather(_ size: Int, _ count: Int) throws {
        for seed in 0..<6 as Range<UInt64> {
            let pieces = TestValues.pieces(size: size, count: count, seed: seed)
            let gathered = try runMembers(size, isDirect: seed % 2 == 1) { world in
                var bytes = [UInt8](repeating: 100 + UInt8(world.rank), count: count)
                for index in pieces[world.rank] { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) & 63 }
                // Both halves of the bytes, as two buffers.
                let half = count / 2
                try bytes.withUnsafeMutableBytes { bytes in
                    let parts: [BytePieces] = [0..<half, half..<count].map { part in
                        (
                            UnsafeMutableRawBufferPointer(rebasing: bytes[part]),
                            pieces.map { piece in
                                let own = piece.clamped(to: part)
                                return own.lowerBound - part.lowerBound..<own.upperBound - part.lowerBound
                            }
                        )
                    }
                    try world.allGather(parts)
                }
                return bytes
            }
            let known = Set(pieces.joined())
            for rank in 0..<size {
                let expected = (0..<count).map { index in
                    known.contains(index) ? UInt8(truncatingIfNeeded: index &* 31) & 63 : 100 + UInt8(rank)
                }
                #expect(gathered[rank] == expected)
            }
        }
    }

    @Test(
        "Bytes of any member reach all others, also when those had another number of bytes",
        arguments: TestValues.sizes)
    func broadcast(_ size: Int) throws {
        for root in 0..<size {
            for count in TestValues.counts {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ root) }
                let received = try runMembers(size) { world in
                    var own = world.rank == root ? bytes : [UInt8](repeating: 9, count: world.rank)
                    try world.broadcast(&own, from: root)
                    return own
                }
                #expect(received == [[UInt8]](repeating: bytes, count: size))
            }
        }
    }

    @Test(
        "Member 0 gets the bytes of all in the order of the ranks, the others none",
        arguments: TestValues.sizes)
    func gather(_ size: Int) throws {
        for count in TestValues.counts {
            let bytes = (0..<size).map { rank in
                (0..<count * rank).map { UInt8(truncatingIfNeeded: $0 &+ rank) }
            }
            let gathered = try runMembers(size) { try $0.gather(bytes[$0.rank]) }
            #expect(gathered[0] == bytes)
            #expect(gathered.dropFirst().allSatisfy { $0.isEmpty })
        }
    }

    @Test("All members learn the largest number, negative ones too", arguments: TestValues.sizes)
    func largest(_ size: Int) throws {
        let numbers = [-5, -9, -1, -7, -2, -8, Int.min, -3]
        let found = try runMembers(size) { try $0.largest(numbers[$0.rank]) }
        #expect(found == [Int](repeating: numbers.prefix(size).max() ?? 0, count: size))
    }

    @Test("No member leaves a barrier before all have come", arguments: TestValues.sizes)
    func barrier(_ size: Int) throws {
        let arrived = Mutex(0)
        let counts = try runMembers(size) { world in
            try (1...20).map { _ in
                arrived.withLock { $0 += 1 }
                try world.barrier()
                let count = arrived.withLock { $0 }
                try world.barrier()
                return count
            }
        }
        #expect(counts == [[Int]](repeating: (1...20).map { $0 * size }, count: size))
    }

    @Test("Values of many full messages and blocks are summed as few are", arguments: [2, 4], [false, true])
    func fullMessages(_ size: Int, _ isDirect: Bool) throws {
        let count = 2_500_003
        let isRight = try ThreadWorld.run(size, options: .init(), isDirect: isDirect) { world in
            // Whole numbers: any order gives the same sum, and the expected one needs no copy.
            var values = (0..<count).map { Float(($0 * 7 + world.rank * 13) % 1000) }
            try values.withUnsafeMutableBufferPointer { try world.sum($0) }
            return values.indices.allSatisfy { index in
                values[index] == Float((0..<size).reduce(0) { $0 + (index * 7 + $1 * 13) % 1000 })
            }
        }
        #expect(isRight.allSatisfy { $0 })
    }

    @Test(
        "Sums over units are the same bits, however many members share the units", arguments: [1, 2, 8, 16])
    func units(_ count: Int) throws {
        let units = (0..<count).map { TestValues.values(rank: $0, count: 13) }
        let expected = TestValues.treeSum(units).map(\.bitPattern)
        for size in TestValues.sizes where size <= count {
            let sums = try runMembers(size) { world in
                try world.sum(ofUnits: Array(units[world.share(of: count)])).map(\.bitPattern)
            }
            #expect(sums == [[UInt64]](repeating: expected, count: size))
        }
    }

    @Test("A sum of values one after the other has the order of the tree, and holds one value per level")
    func treeSum() {
        var tree = TreeSum<String> { $0 = "(\($0)+\($1))" }
        #expect(tree.takeTotal() == nil)
        for number in 0..<8 { tree.append(String(number)) }
        #expect(tree.takeTotal() == "(((0+1)+(2+3))+((4+5)+(6+7)))")
        #expect(tree.takeTotal() == nil)
        for number in 0..<7 { tree.append(String(number)) }
        #expect(tree.takeTotal() == "(((0+1)+(2+3))+((4+5)+6))")
        for number in 0..<7 { tree.append(String(number)) }
        #expect(tree.takeParts() == ["((0+1)+(2+3))", "(4+5)", "6"] && tree.takeTotal() == nil)
    }

    @Test("A world that measures counts the bytes that a member sends, and those that are summed among them")
    func costs() throws {
        let costs = try runMembers(2) { world in
            let measured = MeasuredWorld(world)
            var values = [Float](repeating: 1, count: 8), bytes = [UInt8](repeating: 0, count: 10)
            try values.withUnsafeMutableBufferPointer { values in
                try measured.reduceScatter([(values, [0..<4, 4..<8]), (values, [0..<1, 1..<4])])
            }
            try bytes.withUnsafeMutableBytes { try measured.allGather([($0, [0..<5, 5..<10])]) }
            let cost = measured.takeCost()
            let isEmpty = measured.takeCost() == MeasuredWorld.Cost()
            return [cost.summedBytes, cost.sentBytes, isEmpty ? 0 : 1]
        }
        // Each sends the floats of the other's pieces, 4 bytes each, and its own 5 bytes.
        #expect(costs == [[28, 33, 0], [20, 25, 0]])
    }
}
