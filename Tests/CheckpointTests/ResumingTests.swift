// Going on after a kill: what the killed run wrote is used when it is sound and comes from the same source.
import Foundation
import TestKit
import Testing

@testable import Checkpoint
@testable import CheckpointDiff

struct ResumingTests {
    /// A reader that fails when it is asked for a tensor beyond a number, as if the program were killed
    /// there.
    private final class StoppingReader: CheckpointReader {
        struct Stopped: Error {}
        let inner: any CheckpointReader
        let limit: Int
        init(_ inner: any CheckpointReader, after limit: Int) { (self.inner, self.limit) = (inner, limit) }
        var location: String { inner.location }
        var tensors: [TensorInfo] { inner.tensors }
        var sideFileNames: [String] { inner.sideFileNames }
        var shardPlan: ShardPlan? { inner.shardPlan }
        var sourceFiles: [String] { inner.sourceFiles }
        func info(_ name: String) -> TensorInfo? { inner.info(name) }
        func sideFile(_ name: String) throws -> [UInt8]? { try inner.sideFile(name) }
        func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
            guard tensors.prefix(limit).contains(where: { $0.name == name }) else { throw Stopped() }
            return try inner.withBytes(of: name, body)
        }
    }

    /// The ways to write, with the name of the result.
    enum Way: String, CaseIterable {
        case mapped, compressed, safetensors, delta

        func write(
            _ source: any CheckpointReader, base: any CheckpointReader, to path: String,
            _ progress: @escaping (ConversionProgress) -> Void = { _ in }
        ) throws {
            switch self {
            case .mapped: try writeHDF5(source, to: path, layout: .mapped, progress: progress)
            case .compressed: try writeHDF5(source, to: path, layout: .compressed, progress: progress)
            case .safetensors: try writeSafetensors(source, to: path, progress: progress)
            case .delta: try writeDelta(from: base, to: source, at: path, progress: progress)
            }
        }
    }

    /// What a run killed after `count` tensors leaves behind: a copy made before the failing run clears it
    /// away.
    private func leaveBehind(_ way: Way, _ folder: TemporaryFolder, after count: Int) throws {
        let partial = "out.partial-\(getpid())"
        let reader = StoppingReader(try openCheckpoint(folder("model")), after: count)
        #expect(throws: StoppingReader.Stopped.self) {
            try way.write(reader, base: openCheckpoint(folder("base")), to: folder("out")) { progress in
                guard progress.tensor.name == reader.tensors[count].name else { return }
                for suffix in ["", ".journal"] {
                    try? FileManager.default.copyItem(
                        atPath: folder(partial + suffix),
                        toPath: folder("out.partial-\(Int32.max)\(suffix)"))
                }
            }
        }
        #expect(
            try folder.entries == [
                "base", "model", "out.partial-\(Int32.max)", "out.partial-\(Int32.max).journal",
            ])
    }

    private func content(_ path: String) throws -> [String: [UInt8]] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            return ["": try contents(path)]
        }
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try contents("\(path)/\($0)")) })
    }

    /// A folder with a model, a base for deltas, and what writing without a kill gives.
    private func prepared(_ way: Way) throws -> (TemporaryFolder, [String: [UInt8]]) {
        let folder = TemporaryFolder()
        try TestModel(shardCount: 2).write(to: folder("model"))
        try TestModel().write(to: folder("base"), seed: 7)
        try way.write(
            openCheckpoint(folder("model")), base: openCheckpoint(folder("base")), to: folder("whole"))
        let whole = try content(folder("whole"))
        try FileManager.default.removeItem(atPath: folder("whole"))
        return (folder, whole)
    }

    @Test("The second run uses what the first one wrote and gives the same result", arguments: Way.allCases)
    func goingOn(_ way: Way) throws {
        for count in [1, 9, 30] {
            let (folder, whole) = try prepared(way)
            try leaveBehind(way, folder, after: count)
            var last: ConversionProgress?
            try way.write(
                openCheckpoint(folder("model")), base: openCheckpoint(folder("base")), to: folder("out")
            ) { last = $0 }
            #expect(last?.reusedCount ?? 0 >= count, "\(last?.reusedCount ?? -1)")
            #expect(last?.doneByteCount == last?.totalByteCount)
            #expect(try content(folder("out")) == whole)
            #expect(try folder.entries == ["base", "model", "out"])
        }
    }

    @Test("A tensor that is not what the journal says is written again", arguments: Way.allCases)
    func distrust(_ way: Way) throws {
        let (folder, whole) = try prepared(way)
        try leaveBehind(way, folder, after: 20)
        let old = folder("out.partial-\(Int32.max)")
        for name in try FileManager.default.subpathsOfDirectory(atPath: old).isEmpty
            ? [old] : FileManager.default.subpathsOfDirectory(atPath: old).map({ "\(old)/\($0)" })
        {
            var bytes = try contents(name)
            for place in stride(from: 2000, to: bytes.count, by: 3) { bytes[place] ^= 0x55 }
            try write(bytes, to: name)
        }
        try way.write(
            openCheckpoint(folder("model")), base: openCheckpoint(folder("base")), to: folder("out"))
        #expect(try content(folder("out")) == whole)
        #expect(try folder.entries == ["base", "model", "out"])
    }

    @Test("A source that has changed, or another form of result, starts anew", arguments: Way.allCases)
    func otherRecipe(_ way: Way) throws {
        let (folder, _) = try prepared(way)
        try leaveBehind(way, folder, after: 20)
        try TestModel(shardCount: 2).write(to: folder("model"), seed: 5)
        var last: ConversionProgress?
        try way.write(
            openCheckpoint(folder("model")), base: openCheckpoint(folder("base")), to: folder("out")
        ) { last = $0 }
        #expect(last?.reusedCount == 0)
        #expect(try folder.entries == ["base", "model", "out"])
        let result = way == .delta ? "\(folder("base"))+\(folder("out"))" : folder("out")
        #expect(
            try CheckpointComparison.compare(openCheckpoint(folder("model")), openCheckpoint(result)).isSame)
    }

    @Test("A journal that breaks off or makes no sense is used as far as it goes")
    func brokenJournal() throws {
        let (folder, whole) = try prepared(.mapped)
        for text in ["", "\n", "nonsense", "r1-journal 1\tother\n"] {
            try leaveBehind(.mapped, folder, after: 9)
            let path = folder("out.partial-\(Int32.max).journal")
            let journal = try contents(path)
            try write(text.isEmpty ? Array(journal.dropLast(40)) : Array(text.utf8), to: path)
            try Way.mapped.write(
                openCheckpoint(folder("model")), base: openCheckpoint(folder("base")), to: folder("out"))
            #expect(try content(folder("out")) == whole)
            try FileManager.default.removeItem(atPath: folder("out"))
        }
    }
}
