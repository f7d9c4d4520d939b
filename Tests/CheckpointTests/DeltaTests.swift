// Deltas: a model as its difference from another, applied, chained, and refused on the wrong base.
import Basics
import CHDF5
import Foundation
import ModelFamilies
import TestKit
import Testing

@testable import Checkpoint
@testable import CheckpointDiff

/// A model of a few MiB, most of which a step leaves as it is.
private struct SteppedModel {
    static let folder = "\"hidden_size\": 256, \"intermediate_size\": 512"
    var config = TestModel().config
        .replacingOccurrences(of: "\"hidden_size\": 8, \"intermediate_size\": 12", with: Self.folder)
        .replacingOccurrences(of: "\"out_hidden_size\": 8", with: "\"out_hidden_size\": 256")
        .replacingOccurrences(of: "\"vocab_size\": 10", with: "\"vocab_size\": 4000")

    /// Writes step `step` of the model: each one changes one element of a hundred in its last bit.
    func write(step: Int, to path: String) throws {
        let table = try KeyTable.of(config: Array(config.utf8), location: "config.json")
        var generator = SeededGenerator(state: 3)
        var tensors = table.expected.filter(\.isRequired).map { expected in
            let info = TensorInfo(name: expected.name, dtype: .bfloat16, shape: expected.shape)
            let words = (0..<(info.byteCount + 7) / 8).map { _ in generator.next() }
            return (info: info, bytes: words.withUnsafeBytes { Array($0.prefix(info.byteCount)) })
        }
        for number in 0..<step {
            for index in tensors.indices where (index + number) % 3 == 0 {
                for place in stride(from: 2 * number, to: tensors[index].bytes.count, by: 200) {
                    tensors[index].bytes[place] ^= 1
                }
            }
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try TestKit.write(safetensors(tensors), to: "\(path)/model.safetensors")
        let text = step == 2 ? config + "\n" : config
        try TestKit.write(Array(text.utf8), to: "\(path)/config.json")
        try TestKit.write(Array("{\"step\": 0}".utf8), to: "\(path)/notes.json")
    }
}

struct DeltaTests {
    /// A folder with steps 0 to 2 as directories and as HDF5, and the deltas between them.
    private func steps() throws -> TemporaryFolder {
        let folder = TemporaryFolder()
        for step in 0...2 {
            try SteppedModel().write(step: step, to: folder("s\(step)"))
            try writeHDF5(
                openCheckpoint(folder("s\(step)")), to: folder("s\(step).h5"),
                layout: step == 1 ? .compressed : .mapped)
        }
        try writeDelta(
            from: openCheckpoint(folder("s0.h5")), to: openCheckpoint(folder("s1.h5")), at: folder("d1.h5"))
        try writeDelta(
            from: openCheckpoint("\(folder("s0.h5"))+\(folder("d1.h5"))"),
            to: openCheckpoint(folder("s2.h5")), at: folder("d2.h5"))
        return folder
    }

    private func expectSame(_ a: any CheckpointReader, _ b: any CheckpointReader) throws {
        #expect(a.identity == b.identity && a.identity != nil)
        #expect(a.tensors == b.tensors && a.shardPlan == b.shardPlan)
        for tensor in a.tensors {
            let bytes = try a.bytes(tensor.name)
            #expect(try b.bytes(tensor.name) == bytes, "\(tensor.name)")
            let part = bytes.count / 3..<bytes.count / 2
            #expect(try b.withBytes(of: tensor.name, in: part) { Array($0) } == Array(bytes[part]))
        }
        #expect(a.sideFileNames == b.sideFileNames)
        for name in a.sideFileNames { #expect(try a.sideFile(name) == b.sideFile(name), "\(name)") }
    }

    @Test("A base and its deltas read like the model itself, in chains and from any format of the base")
    func reading() throws {
        let folder = try steps()
        let (base, d1, d2) = (folder("s0.h5"), folder("d1.h5"), folder("d2.h5"))
        try expectSame(openCheckpoint(folder("s1.h5")), openCheckpoint("\(base)+\(d1)"))
        try expectSame(openCheckpoint(folder("s2.h5")), openCheckpoint("\(base)+\(d1)+\(d2)"))
        try expectSame(openCheckpoint(folder("s2.h5")), openCheckpoint("\(folder("s1.h5"))+\(d2)"))
        try expectSame(openCheckpoint(folder("s1.h5")), openCheckpoint("\(folder("s0"))+\(d1)"))
        let comparison = try CheckpointComparison.compare(
            openCheckpoint(folder("s2")), openCheckpoint("\(base)+\(d1)+\(d2)"))
        #expect(comparison.isSame)
    }

    @Test("Applied, a delta gives the same file and the same directory as the model itself")
    func applying() throws {
        let folder = try steps()
        let model = try openCheckpoint("\(folder("s0.h5"))+\(folder("d1.h5"))+\(folder("d2.h5"))")
        try writeHDF5(model, to: folder("applied.h5"))
        #expect(try contents(folder("applied.h5")) == contents(folder("s2.h5")))
        try writeSafetensors(model, to: folder("back"))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder("s2")) {
            #expect(try contents(folder("back/\(name)")) == contents(folder("s2/\(name)")), "\(name)")
        }
    }

    @Test("What a step leaves as it is takes no room")
    func saving() throws {
        let folder = try steps()
        let (whole, delta) = try (contents(folder("s1.h5")).count, contents(folder("d1.h5")).count)
        #expect(delta < whole / 20, "\(delta) of \(whole)")
        try writeDelta(
            from: openCheckpoint(folder("s0.h5")), to: openCheckpoint(folder("s0.h5")), at: folder("none.h5"))
        let none = try openCheckpoint("\(folder("s0.h5"))+\(folder("none.h5"))")
        try expectSame(openCheckpoint(folder("s0.h5")), none)
        // Tensors are not even copied.
        let base = try #require((none as? DeltaCheckpoint)?.base)
        let place = try base.withBytes(of: "model.norm.weight") { UInt(bitPattern: $0.baseAddress) }
        #expect(try none.withBytes(of: "model.norm.weight") { UInt(bitPattern: $0.baseAddress) } == place)
        #expect(none.isMapped("model.norm.weight"))
        #expect(none.tensors.allSatisfy { none.isMapped($0.name) == base.isMapped($0.name) })
    }

    @Test("Another base is refused by its identity, and a delta alone is no model")
    func wrongBase() throws {
        let folder = try steps()
        let identity = try #require(try openCheckpoint(folder("s0.h5")).identity)
        #expect {
            try openCheckpoint("\(folder("s2.h5"))+\(folder("d1.h5"))")
        } throws: { error in
            "\(error)".hasPrefix("\(folder("d1.h5")): was made from the model with identity \(identity)")
        }
        #expect {
            try openCheckpoint(folder("d1.h5"))
        } throws: {
            "\($0)".contains("a delta; open it together with its base: BASE+")
        }
        #expect(throws: CheckpointError.self) { try openCheckpoint("\(folder("s0.h5"))+\(folder("s1.h5"))") }
        #expect(throws: CheckpointError.self) { try openCheckpoint("\(folder("s0.h5"))+\(folder("x.h5"))") }
        // A name with a plus that is there is a name.
        try FileManager.default.moveItem(atPath: folder("s0.h5"), toPath: folder("s0+d1.h5"))
        #expect(try openCheckpoint(folder("s0+d1.h5")).identity == identity)
    }

    @Test("Tensors that the base does not have are stored whole")
    func newTensors() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("a"))
        try TestModel(isTied: false, shardCount: 3).write(to: folder("b"), seed: 2)
        try TestModel(dtype: .float32).write(to: folder("c"))
        for (from, to) in [("a", "b"), ("b", "a"), ("a", "c")] {
            let target = folder("\(from)\(to).h5")
            try writeDelta(from: openCheckpoint(folder(from)), to: openCheckpoint(folder(to)), at: target)
            let model = try openCheckpoint("\(folder(from))+\(target)")
            let comparison = try CheckpointComparison.compare(openCheckpoint(folder(to)), model)
            #expect(comparison.isSame, "\(from) to \(to)")
            #expect(try model.damages().isEmpty, "\(from) to \(to)")
        }
    }

    @Test("A flipped byte of a delta is found with and without the base")
    func damaged() throws {
        let folder = try steps()
        let path = folder("d1.h5")
        let sound = try HDF5Checkpoint(path, isDelta: true)
        #expect(try sound.damages().isEmpty)
        #expect(try DeltaCheckpoint(path, base: openCheckpoint(folder("s0.h5"))).damages().isEmpty)
        let item = try #require(
            sound.items[.tensors]?.first { item in item.runs.contains { !$0.isEmpty } })
        let run = try #require(item.runs.first { !$0.isEmpty })
        var bytes = try contents(path)
        bytes[run.lowerBound + run.count / 2] ^= 4
        try write(bytes, to: path)
        let found = try HDF5Checkpoint(path, isDelta: true).damages()
        #expect(found.map(\.item) == ["tensors: \(item.entry.info.name)"])
        #expect(found.first.map { $0.bytes.contains(run.lowerBound) } == true)
    }
}
