// Mixtures have the asked-for numbers of rows, each from its group, and the same rows every time.
import Foundation
import Outputs
import TestKit
import Testing
import TrainingData

@testable import DataEngine

@Suite("Mixtures")
struct MixtureTests {
    private let folder = TemporaryFolder()

    /// A file with `count` rows of each task and source.
    private func file(_ name: String, _ kinds: [(task: String, source: String, count: Int)]) throws -> RowFile
    {
        let rows = kinds.flatMap { kind in
            (0..<kind.count).map { index in
                rowText(
                    "\(kind.task)-\(kind.source)-\(index)",
                    "\"task\": \"\(kind.task)\", \"source\": \"\(kind.source)\", \"solution\": \"yes\"")
            }
        }
        return RowFile(try folder.write(name, rows.joined()))
    }

    private func run(
        _ inputs: [RowFile], _ change: (inout Mixture) -> Void
    ) throws -> (text: String, samples: [Sample], counts: [MixtureCount], outside: Int) {
        var mixture = Mixture()
        change(&mixture)
        let result = try mixture.run(inputs, to: OutputClaim(folder.path("out.jsonl"), existing: .replaced))
        var samples: [Sample] = []
        try RowFile(folder.path("out.jsonl")).forEach { samples.append($0.sample) }
        return (try folder.text("out.jsonl"), samples, result.counts, result.outside)
    }

    @Test("Every group has its count or share, and no row occurs twice", arguments: 0..<20 as Range<UInt64>)
    func counts(_ seed: UInt64) throws {
        var generator = Seeded(seed)
        let kinds = ["a", "b", "c"].flatMap { task in
            ["x", "y"].map { (task: task, source: $0, count: Int.random(in: 5...30, using: &generator)) }
        }
        let input = try file("in.jsonl", kinds)
        let (count, total) = (
            Int.random(in: 0...5, using: &generator), Int.random(in: 8...14, using: &generator)
        )
        let found = try run([input]) {
            $0.seed = seed
            $0.total = total
            $0.counts = ["a:x": count]
            $0.weights = ["a": 1, ":y": 2.5]
        }
        #expect(found.samples.count == total && Set(found.samples.map(\.id)).count == total)
        func taken(_ test: (Sample) -> Bool) -> Int { found.samples.count(where: test) }
        #expect(taken { $0.task.rawValue == "a" && $0.source == "x" } == count)
        // a:y belongs to the group of its task, not to that of its source.
        let rest = Double(total - count)
        let task = taken { $0.task.rawValue == "a" && $0.source == "y" }
        #expect(abs(Double(task) - rest / 3.5) < 1)
        #expect(taken { $0.task.rawValue != "a" && $0.source == "x" } == 0)
        #expect(
            found.outside == kinds.filter { $0.task != "a" && $0.source == "x" }.reduce(0) { $0 + $1.count })
        #expect(found.counts.map(\.taken).reduce(0, +) == total)
    }

    @Test(
        "The same seed gives the same bytes, another one other rows; a row's choice ignores the others' order"
    )
    func deterministic() throws {
        let input = try file("in.jsonl", [("a", "x", 200)])
        let first = try run([input]) { $0.total = 50 }
        #expect(try run([input]) { $0.total = 50 }.text == first.text)
        #expect(try run([input]) { ($0.total, $0.seed) = (50, 1) }.text != first.text)
        let lines = try folder.text("in.jsonl").split(separator: "\n").reversed().map { $0 + "\n" }
        try folder.write("turned.jsonl", lines.joined())
        let turned = try run([RowFile(folder.path("turned.jsonl"))]) { $0.total = 50 }
        #expect(Set(turned.samples.map(\.id)) == Set(first.samples.map(\.id)))
        #expect(try run([input]) { _ in }.samples.count == 200)
        // The scarcest group decides.
        let two = try file("two.jsonl", [("a", "x", 30), ("b", "x", 100)])
        #expect(try run([two]) { $0.weights = ["a": 1, "b": 2] }.counts.map(\.taken) == [30, 60])
    }

    @Test("Too few rows are an error that says how many there are; repeated rows get ids of their own")
    func tooFew() throws {
        let input = try file("in.jsonl", [("a", "x", 4), ("b", "x", 9)])
        let error = #expect(throws: DataEngineError.self) {
            try run([input]) { $0.counts = ["a": 10, "b": 9] }
        }
        #expect(try #require(error).description.contains("a has 4 rows of 10"))
        #expect(!folder.has("out.jsonl"))
        let found = try run([input]) {
            $0.counts = ["a": 10]
            $0.repeats = true
        }
        #expect(found.samples.count == 10 && Set(found.samples.map(\.id)).count == 10)
        let originals = found.samples.map { $0.id.split(separator: "~")[0] }
        let times = Dictionary(grouping: originals) { $0 }.mapValues(\.count)
        #expect(times.count == 4 && Set(times.values) == [2, 3])

        for (counts, weights, total, part) in [
            (["z": 1], [:], nil, "z has 0 rows of 1; the rows have: a:x 4, b:x 9"),
            (["a": 1], ["a": 1.0], nil, "both a count and a weight"), (["": 0], [:], nil, "names no rows"),
            (["a": 3], [:], 4, "add up to 3"), (["a": 3], ["b": 1.0], 2, "more than the total of 2"),
        ] as [([String: Int], [String: Double], Int?, String)] {
            let error = #expect(throws: DataEngineError.self) {
                try run([input]) { ($0.counts, $0.weights, $0.total) = (counts, weights, total) }
            }
            #expect(try #require(error).description.contains(part), "\(error!)")
        }
    }

    @Test("One id in two files is an error, or gets the file's name")
    func ids() throws {
        let (a, b) = (try file("a.jsonl", [("a", "x", 2)]), try file("b.jsonl", [("a", "x", 2)]))
        let error = #expect(throws: DataEngineError.self) { try run([a, b]) { _ in } }
        #expect(try #require(error).description.contains("b.jsonl:1: the id \"a-x-0\" was used before"))
        #expect(
            try run([a, b]) { $0.prefixesIDs = true }.samples.map(\.id)
                == ["a/a-x-0", "a/a-x-1", "b/a-x-0", "b/a-x-1"])
    }

    @Test("Weights of any size are shares")
    func extremeWeights() throws {
        let input = try file("in.jsonl", [("a", "x", 4), ("b", "x", 9)])
        for (a, b) in [(1e308, 1e308), (1e-300, 1e-300), (.leastNonzeroMagnitude, 1e308), (1e308, 1e-300)] {
            let counts = try run([input]) { $0.weights = ["a": a, "b": b] }.counts.map(\.taken)
            #expect(counts == (a == b ? [4, 4] : a < b ? [0, 9] : [4, 0]))
        }
    }

    @Test("Shares add up and are within one of their exact values", arguments: 0..<40 as Range<UInt64>)
    func sharesAddUp(_ seed: UInt64) {
        var generator = Seeded(seed)
        let weights = (0..<Int.random(in: 1...9, using: &generator)).map { _ in
            Double.random(in: 0.001...50, using: &generator)
        }
        let total = Int.random(in: 0...5000, using: &generator)
        let found = shares(of: total, weights)
        #expect(found.reduce(0, +) == total)
        for (share, weight) in zip(found, weights) {
            #expect(abs(Double(share) - Double(total) * weight / weights.reduce(0, +)) < 1 + 1e-9)
        }
    }
}
