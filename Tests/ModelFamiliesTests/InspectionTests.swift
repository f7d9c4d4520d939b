// What inspect says: sums by part, type and module, the tree with alike layers once, and deltas.
import Basics
import Checkpoint
import Foundation
import TestKit
import Testing

@testable import ModelFamilies

struct InspectionTests {
    @Test("The sums are those of the tensors, and every tensor is in them once")
    func sums() throws {
        let folder = TemporaryFolder()
        try TestModel(isTied: false).write(to: folder("a"))
        for layout in CheckpointLayout.allCases {
            try writeHDF5(openCheckpoint(folder("a")), to: folder("\(layout).h5"), layout: layout)
        }
        for name in ["a", "mapped.h5", "compressed.h5"] {
            let reader = try openCheckpoint(folder(name))
            let found = try CheckpointInspection(reader)
            let parameters = reader.tensors.reduce(0) { $0 + $1.elementCount }
            for sums in [found.parts, found.types] {
                #expect(sums.reduce(0) { $0 + $1.sum.parameters } == parameters)
                #expect(sums.reduce(0) { $0 + $1.sum.tensors } == reader.tensors.count)
                #expect(sums.reduce(0) { $0 + $1.sum.bytes } == reader.tensorByteCount)
            }
            #expect(found.parts.map(\.name) == ["vision tower", "connector", "language model", "head"])
            #expect(found.parts.last?.sum == ModuleTree.Sum(tensors: 1, parameters: 80, bytes: 160))
            let layer = try #require(found.modules.first { $0.name == "model.layers.1.self_attn" })
            #expect(layer.sum.tensors == 7)
            #expect(found.memory.serveStored == 2 * parameters && found.memory.train == 16 * parameters)
            // Two layers, keys and values, one head of four numbers in float32.
            #expect(found.memory.cachePerToken == 2 * 2 * 4 * 4)
            #expect(found.family == "qwen2_5_vl" && found.style == "hf" && found.identity == reader.identity)
            #expect(
                found.sideFiles.map(\.bytes).reduce(0, +) == Array(TestModel(isTied: false).config.utf8).count
                    + 4)
            #expect(found.fileBytes > reader.tensorByteCount)
        }
    }

    @Test("The tree shows alike layers once, and chains of one in one line")
    func tree() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("a"))
        let lines = ModuleTree(try openCheckpoint(folder("a")).tensors).lines
        #expect(lines.contains { $0.hasPrefix("    0-1, 2 alike, each ") })
        #expect(
            lines.contains {
                $0.hasPrefix("  patch_embed.proj.weight ") && $0.contains("bfloat16 [4, 3, 2, 2, 2]")
            })
        // In the vision tower it has a bias as well, and a line of its own.
        #expect(lines.count { $0.contains("up_proj.weight") } == 1)
        let odd = ["l.0.w", "l.1.w", "l.2.w"].enumerated().map {
            TensorInfo(name: $0.element, dtype: .uint8, shape: [$0.offset == 1 ? 2 : 1])
        }
        #expect(ModuleTree(odd).lines.count == 4)
        #expect(countText(999) == "999" && countText(7_615_616_512) == "7.62 B")
    }

    @Test("A delta alone says what it is against and how much it changes")
    func delta() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("a"))
        try TestModel().write(to: folder("b"), seed: 2)
        try writeHDF5(openCheckpoint(folder("a")), to: folder("a.h5"))
        try writeDelta(
            from: openCheckpoint(folder("a.h5")), to: openCheckpoint(folder("b")), at: folder("ab"))
        try writeDelta(
            from: openCheckpoint(folder("a.h5")), to: openCheckpoint(folder("a")), at: folder("aa"))
        let base = try #require(try openCheckpoint(folder("a.h5")).identity)
        for (name, changed) in [("ab", try openCheckpoint(folder("a")).tensors.count), ("aa", 0)] {
            let found = try CheckpointInspection(openCheckpoint(folder(name), orDelta: true))
            #expect(found.format == "delta" && found.delta?.base == base)
            #expect(found.delta?.changedTensors == changed)
            #expect(found.text().contains("base        \(base)"))
        }
        let both = try CheckpointInspection(openCheckpoint("\(folder("a.h5"))+\(folder("ab"))"))
        #expect(both.style == "hf" && both.delta == nil)
        #expect(throws: CheckpointError.self) { try openCheckpoint(folder("ab")) }
    }
}
