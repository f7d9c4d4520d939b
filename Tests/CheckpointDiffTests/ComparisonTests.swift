// What r1-diff says about two models: structure, matching of names, side files, formats.
import Foundation
import TestKit
import Testing

@testable import Basics
@testable import Checkpoint
@testable import CheckpointDiff
@testable import ModelFamilies

/// Compares two files with these tensors.
func compare(
    _ a: [(info: TensorInfo, bytes: [UInt8])], _ b: [(info: TensorInfo, bytes: [UInt8])],
    _ options: ComparisonOptions = ComparisonOptions()
) throws -> CheckpointComparison {
    let folder = TemporaryFolder()
    try write(safetensors(a), to: folder("a"))
    try write(safetensors(b), to: folder("b"))
    return try CheckpointComparison.compare(openCheckpoint(folder("a")), openCheckpoint(folder("b")), options)
}

/// A float32 tensor of one dimension.
func floats(_ name: String, _ values: [Float]) -> (info: TensorInfo, bytes: [UInt8]) {
    (TensorInfo(name: name, dtype: .float32, shape: [values.count]), values.withUnsafeBytes { Array($0) })
}

/// A bfloat16 tensor of one dimension; values are cut to its precision.
func brain(_ name: String, _ values: [Float]) -> (info: TensorInfo, bytes: [UInt8]) {
    (
        TensorInfo(name: name, dtype: .bfloat16, shape: [values.count]),
        values.flatMap { [UInt8(truncatingIfNeeded: $0.bitPattern >> 16), UInt8($0.bitPattern >> 24)] }
    )
}

/// Options with one thing set.
func options(_ change: (inout ComparisonOptions) -> Void) -> ComparisonOptions {
    var options = ComparisonOptions()
    change(&options)
    return options
}

struct ComparisonTests {
    @Test("Added, removed and reshaped tensors are listed, and the report names them")
    func structure() throws {
        var tall = floats("w", [1, 2])
        tall.info = TensorInfo(name: "w", dtype: .float32, shape: [2, 1])
        let result = try compare(
            [floats("w", [1, 2]), floats("old", [1])], [tall, floats("new", [2])])
        #expect(result.removed.map(\.name) == ["old"] && result.added.map(\.name) == ["new"])
        #expect(result.reshaped.map(\.name) == ["w"] && result.tensors.isEmpty)
        let text = result.text()
        for line in [
            "only in A  old  float32 [1]", "only in B  new  float32 [1]", "shape      w  [2] -> [2, 1]",
            "different: 0 of 0 tensors, only in one: 2, reshaped: 1",
        ] {
            #expect(text.contains(line), "\(line) is not in\n\(text)")
        }
    }

    @Test("A tensor that moved is found by its content, the one with the likest name first")
    func moved() throws {
        let result = try compare(
            [floats("a.norm.weight", [0, 0]), floats("a.norm.bias", [0, 0]), floats("a.up", [1, 2])],
            [floats("b.up", [1, 2]), floats("b.norm.bias", [0, 0]), floats("b.norm.weight", [0, 0])])
        #expect(
            result.renamed.map { "\($0.nameA) \($0.nameB) \($0.reason)" } == [
                "a.norm.weight b.norm.weight content", "a.norm.bias b.norm.bias content", "a.up b.up content",
            ])
        #expect(result.removed.isEmpty && result.added.isEmpty && result.different.isEmpty && !result.isSame)
    }

    @Test("A rule renames on both sides, and what it renames is no difference")
    func rules() throws {
        let a = [floats("net.0.up", [1]), floats("norm", [2])]
        let b = [floats("model.layers.0.mlp.up", [1]), floats("norm", [2])]
        let rule = try #require(NameRule("net.*.*=model.layers.*.mlp.*"))
        let result = try compare(a, b, options { $0.rules = [rule] })
        #expect(result.isSame && result.renamed.map(\.reason) == [.rule])
        #expect(try compare(b, a, options { $0.rules = [rule] }).isSame)
        #expect(NameRule("a.*=b.*.*") == nil && NameRule("a") == nil && NameRule("=b") == nil)
        let useless = try #require(NameRule("nothing.*=x"))
        #expect(throws: CheckpointError.self) { try compare(a, a, options { $0.rules = [useless] }) }
        let collapsing = try #require(NameRule("*=x"))
        #expect { try compare(a, a, options { $0.rules = [collapsing] }) } throws: {
            "\($0)".contains("same name")
        }
    }

    @Test("Patterns choose tensors and side files; one that fits nothing is an error")
    func patterns() throws {
        let a = [floats("model.layers.1.up", [1]), floats("model.layers.10.up", [1]), floats("head", [1])]
        let b = [floats("model.layers.1.up", [2]), floats("model.layers.10.up", [2]), floats("head", [2])]
        func names(_ change: (inout ComparisonOptions) -> Void) throws -> [String] {
            try compare(a, b, options(change)).tensors.map(\.name)
        }
        #expect(try names { $0.only = [NamePattern("model.layers.1")] } == ["model.layers.1.up"])
        #expect(try names { $0.only = [NamePattern("*.layers.?0.*")] } == ["model.layers.10.up"])
        #expect(try names { $0.ignored = [NamePattern("*layers*")] } == ["head"])
        #expect(throws: CheckpointError.self) { try names { $0.only = [NamePattern("layers")] } }
        #expect(NamePattern("a*b*c").matches("axbyc") && !NamePattern("a*b*c").matches("axby"))
        #expect(NamePattern("*").matches("") && !NamePattern("?").matches(""))
    }

    @Test("Models in two naming styles are compared under one, and the styles count as different")
    func styles() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("a"))
        try TestModel(style: .nested).write(to: folder("b"))
        let result = try CheckpointComparison.compare(
            openCheckpoint(folder("a")), openCheckpoint(folder("b")))
        #expect(result.added.isEmpty && result.removed.isEmpty && result.different.isEmpty)
        #expect(result.naming?.a == "hf" && result.naming?.b == "nested")
        #expect(!result.isSame)
        #expect(result.text().contains("naming     hf -> nested"))
    }

    @Test("Fused and separate matrices are compared row by row", arguments: NamedModel.all)
    func fused(_ model: NamedModel) throws {
        let canonical = try MemoryCheckpoint(model)
        for style in try model.table.styles.dropFirst() {
            let stored = try MemoryCheckpoint(copying: StyledCheckpoint(canonical, style: style))
            for (a, b) in [(canonical, stored), (stored, canonical)] {
                let result = try CheckpointComparison.compare(a, b)
                #expect(result.naming != nil && result.removed.isEmpty && result.added.isEmpty)
                #expect(result.tensors.count == a.tensors.count && result.different.isEmpty)
            }
        }
    }

    @Test("Without a configuration, the two public styles of Qwen2.5-VL are matched name by name")
    func bareStyles() throws {
        let (a, b) = (try TestModel().tensors(), try TestModel(style: .nested).tensors())
        let result = try compare(a, b)
        #expect(
            result.renamed.contains { $0.nameB == "model.language_model.norm.weight" && $0.reason == .style })
        #expect(result.removed.isEmpty && result.different.isEmpty && !result.isSame)
    }

    @Test("Side files that differ are named, JSON path by path from old to new")
    func sideFiles() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("a"))
        try TestModel().write(to: folder("b"))
        try write(Array("{\"a\": 1, \"b\": [1, 2], \"c.d\": {}}".utf8), to: folder("a/x.json"))
        try write(Array("{\"b\": [1], \"c.d\": {\"e\": null}}".utf8), to: folder("b/x.json"))
        try write(Array("{\"a\": 1}".utf8), to: folder("a/y.json"))
        try write(Array("{\"a\" : 1}".utf8), to: folder("b/y.json"))
        try write([1], to: folder("b/merges.txt"))
        let result = try CheckpointComparison.compare(
            openCheckpoint(folder("a")), openCheckpoint(folder("b")))
        #expect(result.sideFiles.map(\.name) == ["merges.txt", "x.json", "y.json"])
        #expect(result.sideFiles.map(\.kind) == [.onlyInB, .content, .notation])
        let keys = try #require(result.sideFiles.dropFirst().first?.keys)
        #expect(
            keys.map { "\($0.path) \($0.a ?? "-") \($0.b ?? "-")" } == [
                "a 1 -", "b[1] 2 -", "\"c.d\".e - null",
            ])
        #expect(!result.isSame)
        #expect(result.text().contains("  a: 1 -> (none)"))
    }

    @Test("A directory, both HDF5 layouts and a delta are the same in any pair")
    func formats() throws {
        let folder = TemporaryFolder()
        try TestModel(isTied: false, shardCount: 2).write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("m.h5"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("c.h5"), layout: .compressed)
        try TestModel(isTied: false).write(to: folder("base"), seed: 2)
        try writeDelta(
            from: openCheckpoint(folder("base")), to: openCheckpoint(folder("model")), at: folder("d.h5"))
        let forms = ["model", "m.h5", "c.h5"].map { folder($0) } + ["\(folder("base"))+\(folder("d.h5"))"]
        for a in forms {
            for b in forms {
                let result = try CheckpointComparison.compare(openCheckpoint(a), openCheckpoint(b))
                #expect(result.isSame && result.text().contains("same: "))
                #expect(result.b.format == "delta on directory" || !b.contains("+"))
                #expect(result.parts.map(\.part) == [.vision, .connector, .language, .head])
            }
        }
    }

    @Test("Pieces of a compressed tensor are those of the mapped one, whatever the range")
    func pieces() throws {
        let folder = TemporaryFolder()
        let info = TensorInfo(name: "w", dtype: .bfloat16, shape: [3, 700_001])
        var generator = SeededGenerator(state: 5)
        let bytes = (0..<info.byteCount / 8).flatMap { _ in
            withUnsafeBytes(of: generator.next()) { Array($0) }
        }
        let all = bytes + [UInt8](repeating: 7, count: info.byteCount - bytes.count)
        let writer = try CheckpointWriter(
            folder("w.h5"), expectedByteCount: all.count, layout: .compressed)
        try all.withUnsafeBytes { try writer.add(info, bytes: $0) }
        try writer.commit()
        let reader = try HDF5Checkpoint(folder("w.h5"))
        for _ in 0..<20 {
            let first = Int.random(in: 0..<all.count, using: &generator)
            let last = Int.random(in: first..<all.count, using: &generator)
            #expect(try reader.withBytes(of: "w", in: first..<last) { Array($0) } == Array(all[first..<last]))
        }
    }

    @Test("A quick comparison ends at a difference, and says that there may be more")
    func quick() throws {
        let a = [floats("u", [1]), floats("v", [Float](repeating: 1, count: 1 << 20))]
        let b = [floats("u", [2]), floats("v", [Float](repeating: 2, count: 1 << 20))]
        let structural = try compare(a + [floats("x", [1])], b, options { $0.isQuick = true })
        #expect(structural.stoppedEarly && structural.tensors.isEmpty && !structural.isSame)
        #expect(try compare(a, a, options { $0.isQuick = true }).isSame)
        #expect(try !compare(a, b, options { $0.isQuick = true }).isSame)
    }

    @Test("Tensors with equal recorded hashes need not be read")
    func trust() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("a.h5"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("b.h5"), layout: .compressed)
        let result = try CheckpointComparison.compare(
            openCheckpoint(folder("a.h5")), openCheckpoint(folder("b.h5")), options { $0.trustsHashes = true }
        )
        #expect(result.isSame && result.tensors.allSatisfy { !$0.wasRead } && !result.tensors.isEmpty)
        #expect(result.text().contains("by their recorded hashes"))
    }

    @Test("Damage is not taken for a difference: the tensor without its recorded hash is named")
    func damage() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("a.h5"))
        let tensor = try #require(TestModel().tensors().first { $0.info.name == "model.norm.weight" })
        var bytes = try contents(folder("a.h5"))
        let place = try #require(bytes.firstRange(of: tensor.bytes))
        bytes[place.lowerBound] ^= 1
        try write(bytes, to: folder("b.h5"))
        for (a, b) in [("a.h5", "b.h5"), ("b.h5", "model")] {
            #expect {
                try CheckpointComparison.compare(openCheckpoint(folder(a)), openCheckpoint(folder(b)))
            } throws: {
                "\($0)".contains("b.h5: damaged: tensor model.norm.weight")
            }
        }
    }
}
