// The fuzzers' harness for a few seconds: changed files are refused or read, and nothing else happens.
// `make fuzz` runs it for as long as one likes.
import Basics
import CheckpointHarness
import Foundation
import TestKit
import Testing

struct FuzzTests {
    /// What the fuzzer found to lead to different places, and what once was a fault.
    private func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = Fixtures.url("fuzz/\(target.rawValue)").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        return try names.map { try contents("\(folder)/\($0)") }
    }

    /// Another input: some bytes become such as readers stumble over.
    private func changed(_ input: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var result = input
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !result.isEmpty {
            let place = Int.random(in: result.indices, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: result[place] ^= 1
            case 1: result[place] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator) ?? 0
            default: result[place] = .random(in: 0...255, using: &generator)
            }
        }
        return result
    }

    /// Words of refusals that show how far the corpus gets.
    private func expected(_ target: FuzzTarget) -> [String] {
        let hdf5 = ["not a finished checkpoint", "is outside", "belongs elsewhere"]
        return switch target {
        case .safetensors: ["is not JSON", "the file holds", "begins at byte", "bytes are declared"]
        case .pickles: ["is a sparse tensor", "none of tensors and containers", "the file may be cut off"]
        case .hdf5: hdf5 + ["does not have its recorded SHA-256", "order attributes"]
        case .delta: hdf5 + ["was made from", "chunk 1 of 1"]
        }
    }

    @Test(
        "What the readers are fed is refused or read", .timeLimit(.minutes(5)), arguments: FuzzTarget.allCases
    )
    func changes(_ target: FuzzTarget) throws {
        let folder = TemporaryFolder()
        let harness = try CheckpointHarness(target, in: folder.path())
        // Without a change everything can be read.
        for number in 0..<UInt8(harness.seedCount) {
            let outcome = try harness.run([number])
            #expect(outcome == .read)
        }
        let corpus = try corpus(target)
        var reasons = ""
        var counts = (refused: 0, read: 0)
        func run(_ input: [UInt8]) throws {
            switch try harness.run(input) {
            case .read: counts.read += 1
            case .refused(let reason):
                counts.refused += 1
                reasons += "\(reason)\n"
            }
        }
        for input in corpus { try run(input) }
        for part in expected(target) { #expect(reasons.contains(part), "'\(part)' is not among\n\(reasons)") }
        // The library would say that a checksum is wrong.
        #expect(!reasons.contains("checksum"), "\(reasons)")
        var generator = SeededGenerator(state: 5)
        for _ in 0..<150 { try run(changed(#require(corpus.randomElement(using: &generator)), &generator)) }
        #expect(counts.refused > 50 && counts.read > 0, "\(counts)")
    }
}
