// What a reader says is mapped: it may be used without a copy as long as the reader lives.
import Basics
import Foundation
import ModelFamilies
import TestKit
import Testing

@testable import Checkpoint

struct MappingTests {
    /// Readers of every form, those that show another one's model in another form included.
    private func readers(_ folder: TemporaryFolder) throws -> [(what: String, reader: any CheckpointReader)] {
        try TestModel(style: .nested, shardCount: 2).write(to: folder("model"))
        let model = try openCheckpoint(folder("model"))
        try writeHDF5(model, to: folder("mapped.h5"))
        try writeHDF5(model, to: folder("compressed.h5"), layout: .compressed)
        try TestModel(style: .nested, shardCount: 2).write(to: folder("next"), seed: 2)
        try writeDelta(from: model, to: openCheckpoint(folder("next")), at: folder("changed.h5"))
        try writeDelta(from: model, to: model, at: folder("same.h5"))
        let fused = try openCheckpoint(Fixtures.url("checkpoints/internvl-internlm2-tiny-orig").path)
        return try [
            ("directory", model), ("mapped", openCheckpoint(folder("mapped.h5"))),
            ("compressed", openCheckpoint(folder("compressed.h5"))),
            ("changed", openCheckpoint("\(folder("model"))+\(folder("changed.h5"))")),
            ("same", openCheckpoint("\(folder("model"))+\(folder("same.h5"))")),
            ("styled", StyledCheckpoint(model, style: .hf)), ("parts", StyledCheckpoint(fused)),
            ("retyped", RetypedCheckpoint(model, dtype: .float32)),
            ("of the same type", RetypedCheckpoint(model, dtype: .bfloat16)),
            ("with side files", CheckpointWithSideFiles(model, from: folder("next"))),
        ]
    }

    @Test("Mapped bytes stay in their place and keep their content, whatever is read meanwhile")
    func stays() throws {
        let folder = TemporaryFolder()
        for (what, reader) in try readers(folder) {
            let mapped = reader.tensors.map(\.name).filter(reader.isMapped)
            let isWholly = ["directory", "mapped", "same", "styled", "of the same type", "with side files"]
            #expect(mapped.count == reader.tensors.count || !isWholly.contains(what), "\(what)")
            #expect(mapped.isEmpty == ["compressed", "changed", "retyped"].contains(what), "\(what)")
            // Escaping is what the promise allows.
            let kept = try mapped.map { name in try reader.withBytes(of: name) { $0 } }
            let content = kept.map { Array($0) }
            for info in reader.tensors {
                try reader.withBytes(of: info.name, in: 0..<info.byteCount) { _ in }
                _ = try reader.bytes(info.name)
            }
            for (number, name) in mapped.enumerated() {
                let again = try reader.withBytes(of: name) { $0 }
                #expect(again.baseAddress == kept[number].baseAddress, "\(what): \(name)")
                #expect(kept[number].elementsEqual(content[number]), "\(what): \(name)")
                try reader.withBytes(of: name, in: 0..<again.count) {
                    #expect($0.elementsEqual(content[number]), "\(what): \(name)")
                }
            }
        }
    }
}
