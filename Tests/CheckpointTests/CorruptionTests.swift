// Random damage to every kind of stored model: it is named, or nothing that the model says has changed.
// Some of each kind in every run; R1_CORRUPTIONS sets how many.
import Basics
import CheckpointHarness
import Foundation
import TestKit
import Testing

@testable import Checkpoint
@testable import CheckpointDiff

/// What can happen to the bytes of a file.
private enum Corruption: CaseIterable {
    case flippedBit, cutOff, swappedRuns, swappedChunks, zeroedRun

    /// The damaged bytes and what was done; `chunks` are runs of bytes that belong together.
    func apply(
        to bytes: [UInt8], chunks: [Range<Int>], _ generator: inout SeededGenerator
    ) -> (bytes: [UInt8], story: String) {
        var result = bytes
        func place(_ length: Int) -> Int {
            Int.random(in: 0...max(0, bytes.count - length), using: &generator)
        }
        switch self {
        case .flippedBit:
            // Half of the time in a chunk: most of a small file is none.
            let chunk = Bool.random(using: &generator) ? chunks.randomElement(using: &generator) : nil
            let at = chunk?.randomElement(using: &generator) ?? place(1)
            result[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            return (result, "bit of byte \(at)")
        case .cutOff:
            let length = Int.random(in: 0..<bytes.count, using: &generator)
            return (Array(bytes[..<length]), "cut at \(length)")
        case .swappedRuns:
            let length = Int.random(in: 1...min(5000, bytes.count / 3), using: &generator)
            let (x, y) = (place(2 * length), place(length))
            let (first, second) = x + length <= y ? (x, y) : (x, min(x + length, bytes.count - length))
            for index in 0..<length { result.swapAt(first + index, second + index) }
            return (result, "\(length) bytes at \(first) and \(second) swapped")
        case .swappedChunks:
            guard let first = chunks.randomElement(using: &generator),
                let second = chunks.filter({ $0 != first && $0.count == first.count })
                    .randomElement(using: &generator)
            else { return Self.swappedRuns.apply(to: bytes, chunks: chunks, &generator) }
            for (x, y) in zip(first, second) { result.swapAt(x, y) }
            return (result, "chunks \(first) and \(second) swapped")
        case .zeroedRun:
            let length = Int.random(in: 1...min(5000, bytes.count / 2), using: &generator)
            let at = place(length)
            result.replaceSubrange(at..<at + length, with: [UInt8](repeating: 0, count: length))
            return (result, "\(length) bytes from \(at) zeroed")
        }
    }
}

/// A form in which a model is stored.
private enum Form: String, CaseIterable {
    case mapped, compressed, file, directory, delta
}

/// A small model in one form.
private struct StoredModel {
    let form: Form
    let folder: TemporaryFolder
    /// What is opened.
    let location: String
    /// The files that damage comes to, and the runs of bytes in them that belong together.
    let files: [(path: String, chunks: [Range<Int>])]

    init(_ form: Form) throws {
        self.form = form
        folder = TemporaryFolder()
        try TestModel(isTied: false, shardCount: form == .directory ? 2 : 1).write(to: folder("source"))
        let source = try openCheckpoint(folder("source"))
        let path = folder("sound")
        switch form {
        case .mapped, .compressed:
            try writeHDF5(source, to: path, layout: form == .mapped ? .mapped : .compressed)
        case .file: try FileManager.default.copyItem(atPath: folder("source/model.safetensors"), toPath: path)
        case .directory: try FileManager.default.copyItem(atPath: folder("source"), toPath: path)
        case .delta:
            try TestModel(isTied: false).write(to: folder("base"), seed: 2)
            try writeDelta(from: openCheckpoint(folder("base")), to: source, at: path)
        }
        location = form == .delta ? "\(folder("base"))+\(path)" : path
        switch form {
        case .mapped, .compressed, .delta:
            let items = try HDF5Checkpoint(path, isDelta: form == .delta).items
            files = [(path, items.values.joined().flatMap(\.runs).filter { !$0.isEmpty })]
        case .file:
            let file = try SafetensorsFile(path)
            let start = 8 + file.headerBytes.count
            let ranges = file.entries.map(\.range)
            files = [(path, ranges.map { start + $0.lowerBound..<start + $0.upperBound })]
        case .directory:
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            files = try names.map { ("\(path)/\($0)", []) }.filter { try !contents($0.0).isEmpty }
        }
    }

    /// Everything that the model says.
    func content() throws -> [String: [UInt8]] {
        let reader = try openCheckpoint(location)
        var result: [String: [UInt8]] = [:]
        for tensor in reader.tensors {
            result["\(tensor.name) \(tensor.dtype) \(tensor.shape)"] = try reader.bytes(tensor.name)
        }
        for name in reader.sideFileNames { result["file \(name)"] = try reader.sideFile(name) }
        for shard in reader.shardPlan?.shards ?? [] { result["shard \(shard.name)"] = shard.header }
        return result
    }

    /// How damage is noticed, or nil: in opening, reading or checking the hashes, or, for safetensors, which
    /// carry none, by comparing with a sound model.
    func notice(_ original: (any CheckpointReader)?) throws -> String? {
        if case .refused(let reason) = try exercise(location) { return reason }
        guard let original else { return nil }
        let comparison = try CheckpointComparison.compare(original, openCheckpoint(location))
        let names =
            comparison.different.map(\.name) + comparison.removed.map(\.name) + comparison.added.map(\.name)
            + comparison.reshaped.map(\.name) + comparison.renamed.map(\.nameA)
            + comparison.sideFiles.map(\.name)
        return names.first
    }
}

struct CorruptionTests {
    private static let count =
        ProcessInfo.processInfo.environment["R1_CORRUPTIONS"].flatMap(Int.init) ?? 200

    @Test(
        "Damage is named, or everything still reads the same", .timeLimit(.minutes(10)),
        arguments: Form.allCases)
    fileprivate func damage(_ form: Form) throws {
        let model = try StoredModel(form)
        let expected = try model.content()
        let copy = model.folder("copy")
        try FileManager.default.copyItem(atPath: model.folder("sound"), toPath: copy)
        let original = form == .file || form == .directory ? try openCheckpoint(copy) : nil
        var generator = SeededGenerator(state: 17)
        var (named, harmless) = (0, 0)
        for number in 0..<Self.count {
            let file = try #require(model.files.randomElement(using: &generator))
            let sound = try contents(file.path)
            let kind = Corruption.allCases[number % Corruption.allCases.count]
            let (bytes, story) = kind.apply(to: sound, chunks: file.chunks, &generator)
            try write(bytes, to: file.path)
            if let reason = try model.notice(original) {
                named += 1
                // A tensor, a side file, or at least the file it is in.
                let names = expected.keys.flatMap { $0.split(separator: " ") } + [Substring(file.path)]
                #expect(names.contains { reason.contains($0) }, "\(story): \(reason)")
            } else {
                harmless += 1
                #expect(try model.content() == expected, "\(file.path) \(story) was not noticed")
            }
            try write(sound, to: file.path)
        }
        #expect(named + harmless == Self.count && named > Self.count / 4, "\(named) named")
        print("corruption of \(form): \(Self.count) tried, \(named) named, \(harmless) without effect")
    }
}
