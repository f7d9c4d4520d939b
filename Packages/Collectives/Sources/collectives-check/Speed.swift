// Bytes a second of the large calls, beside what a process copies and adds in its own memory at the same time.
import Collectives
import Foundation

/// Prints the best and the median of some rounds; the rounds of all kinds alternate, so that other load meets all.
func printSpeeds(_ world: any World, byteCount: Int) throws {
    let count = byteCount / MemoryLayout<Float>.stride
    let pieces = world.shares(of: count)
    let values = allocate(count)
    let copy = allocate(count)
    values.initialize(repeating: 1)
    copy.initialize(repeating: 2)
    let bytes = UnsafeMutableRawBufferPointer(values)
    // What a process sends, and what it receives, in a call.
    let moved = Double(count - pieces[world.rank].count) * 4
    var rates: [String: [Double]] = [:]

    func time(_ name: String, _ moved: Double, _ body: () throws -> Void) throws {
        try world.barrier()
        let start = ContinuousClock.now
        try body()
        rates[name, default: []].append(moved / ((ContinuousClock.now - start) / .seconds(1)) / 1e9)
    }
    for _ in 0..<9 {
        try time("memcpy", Double(byteCount)) { _ = copy.update(fromContentsOf: values) }
        try time("additions", Double(byteCount)) {
            for index in 0..<count { copy[index] += values[index] }
        }
        try time("reduce-scatter", moved) { try world.reduceScatter([(values, pieces)]) }
        try time("all-gather", moved) {
            try world.allGather([(bytes, pieces.map { $0.lowerBound * 4..<$0.upperBound * 4 })])
        }
        values.update(repeating: 1)
    }
    guard world.rank == 0 else { return }
    if let processes = world as? MPIWorld, world.size > 1 {
        print("pieces go", processes.readsMemory(of: 1) ? "from memory to memory" : "through messages")
    }
    print("GB/s each way in process 0 of \(world.size), \(byteCount >> 20) MB, median and best of 9")
    for name in ["memcpy", "additions", "reduce-scatter", "all-gather"] {
        let sorted = (rates[name] ?? []).sorted()
        let text = [sorted[sorted.count / 2], sorted[sorted.count - 1]].map { String(format: "%7.2f", $0) }
        print(name.padding(toLength: 16, withPad: " ", startingAt: 0), text.joined(separator: " "))
    }
}

/// Memory with huge pages where the system has them, as that of large tensors.
private func allocate(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 4, alignment: 1 << 21)
    // Advice only: without huge pages the memory has ordinary ones.
    _ = madvise(bytes.baseAddress, bytes.count, MADV_HUGEPAGE)
    return bytes.bindMemory(to: Float.self)
}
