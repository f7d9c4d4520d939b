// What r1-diff says about two models.
import Checkpoint
import Foundation
import TensorMath
import Testing

struct ComparisonTests {
    /// Compares two files with these tensors.
    private func compare(
        _ a: [(info: TensorInfo, bytes: [UInt8])], _ b: [(info: TensorInfo, bytes: [UInt8])],
        _ tolerances: Tolerances = .exact
    ) throws -> CheckpointComparison {
        let folder = try TemporaryFolder()
        try write(safetensors(a), to: folder("a"))
        try write(safetensors(b), to: folder("b"))
        return try CheckpointComparison.compare(
            openCheckpoint(folder("a")), openCheckpoint(folder("b")), tolerances: tolerances)
    }

    private func floats(_ name: String, _ values: [Float]) -> (info: TensorInfo, bytes: [UInt8]) {
        (TensorInfo(name: name, dtype: .float32, shape: [values.count]), values.withUnsafeBytes { Array($0) })
    }

    private func brain(_ name: String, _ values: [Float]) -> (info: TensorInfo, bytes: [UInt8]) {
        (
            TensorInfo(name: name, dtype: .bfloat16, shape: [values.count]),
            values.flatMap { [UInt8(truncatingIfNeeded: $0.bitPattern >> 16), UInt8($0.bitPattern >> 24)] }
        )
    }

    @Test("Distances, fractions and NaN are counted per tensor")
    func values() throws {
        let a = (0..<3000).map { Float($0) }
        var b = a
        b[5] += 2
        b[2999] -= 1
        b[7] = .nan
        let result = try #require(try compare([floats("w", a)], [floats("w", b)]).tensors.first)
        #expect(result.changedCount == 3)
        #expect(result.maximum == 2)
        #expect(result.mean == 3.0 / 3000)
        #expect(result.nanCountA == 0 && result.nanCountB == 1)
        #expect(result.changedFraction == 0.001)
    }

    @Test("Exact comparison sees bits, tolerances see values")
    func exactness() throws {
        let a: [Float] = [0, .nan, 1, .infinity]
        let b: [Float] = [-0.0, .nan, 1.25, .infinity]
        #expect(try compare([floats("w", a)], [floats("w", b)]).tensors.first?.changedCount == 2)
        let close = Tolerances(absolute: 0.05, relative: 0.2)
        #expect(try compare([floats("w", a)], [floats("w", b)], close).isSame)
        let near = Tolerances(absolute: 0.2)
        #expect(try compare([floats("w", a)], [floats("w", b)], near).tensors.first?.changedCount == 1)
        let quiet = floats("w", [Float(bitPattern: 0x7FC0_0001)])
        let signalling = floats("w", [Float(bitPattern: 0x7F80_0001)])
        #expect(try !compare([quiet], [signalling]).isSame)
    }

    @Test("Tensors of different types are compared by value and count as different")
    func types() throws {
        let result = try compare([floats("w", [1, 2, 3])], [brain("w", [1, 2, 3.5])])
        #expect(result.retyped.map(\.name) == ["w"])
        #expect(result.tensors.first?.changedCount == 1 && result.tensors.first?.maximum == 0.5)
        #expect(!result.isSame)
        #expect(try !compare([floats("w", [1])], [brain("w", [1])]).isSame)
    }

    @Test("Added, removed and reshaped tensors are listed, and the report names them")
    func structure() throws {
        var tall = floats("w", [1, 2])
        tall.info = TensorInfo(name: "w", dtype: .float32, shape: [2, 1])
        let result = try compare(
            [floats("w", [1, 2]), floats("old", [1])], [tall, floats("new", [1])])
        #expect(result.removed == ["old"] && result.added == ["new"])
        #expect(result.reshaped.map(\.name) == ["w"] && result.tensors.isEmpty)
        let text = result.text()
        for line in ["only in A: old", "only in B: new", "shape differs: w  [2] -> [2, 1]", "different:"] {
            #expect(text.contains(line))
        }
    }

    @Test("Models in two naming styles are matched, and the names count as different")
    func styles() throws {
        let folder = try TemporaryFolder()
        try TestModel().write(to: folder("a"))
        try TestModel(style: .nested).write(to: folder("b"))
        let result = try CheckpointComparison.compare(
            openCheckpoint(folder("a")), openCheckpoint(folder("b")))
        #expect(
            result.added.isEmpty && result.removed.isEmpty && !result.tensors.contains(where: \.isDifferent))
        #expect(result.renamed.contains { $0.nameB == "model.language_model.norm.weight" })
        #expect(!result.isSame)
        #expect(result.text().contains("renamed: \(result.tensors.count)"))
    }

    @Test("Side files and configuration keys that differ are named")
    func sideFiles() throws {
        let folder = try TemporaryFolder()
        try TestModel().write(to: folder("a"))
        try TestModel().write(to: folder("b"))
        let config = TestModel().config.replacingOccurrences(
            of: "\"vocab_size\": 10", with: "\"vocab_size\": 11")
        try write(Array(config.utf8), to: folder("b/config.json"))
        try write([1], to: folder("b/merges.txt"))
        let result = try CheckpointComparison.compare(
            openCheckpoint(folder("a")), openCheckpoint(folder("b")))
        #expect(result.sideFiles == ["config.json", "merges.txt"])
        #expect(result.configurationKeys == ["vocab_size"])
        #expect(!result.isSame)
    }

    @Test("HDF5 and the directory it came from are the same; the JSON says so")
    func formats() throws {
        let folder = try TemporaryFolder()
        try TestModel(shardCount: 2).write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("model.h5"))
        let result = try CheckpointComparison.compare(
            openCheckpoint(folder("model")), openCheckpoint(folder("model.h5")))
        #expect(result.isSame)
        #expect(result.text().contains("same: "))
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(result.json())) as? [String: Any])
        #expect(json["isSame"] as? Bool == true)
        #expect((json["tensors"] as? [Any])?.count == result.tensors.count)
    }

    @Test("The report fits a terminal of 100 columns")
    func width() throws {
        let name = (0..<12).map { "a_rather_long_part_\($0)" }.joined(separator: ".")
        let text = try compare([floats(name, [1])], [floats(name, [.nan])]).text()
        let table = text.split(separator: "\n").filter { $0.contains("NaN") || $0.contains("..") }
        #expect(table.count == 2 && table.allSatisfy { $0.count <= 100 })
    }
}
