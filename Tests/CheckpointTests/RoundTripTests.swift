// To HDF5 and back: the same bytes.
import Basics
import Foundation
import TestKit
import Testing

@testable import Checkpoint

struct RoundTripTests {
    /// Converts a directory to HDF5 and back and expects every file to be the same.
    private func expectRoundTrip(_ source: String) throws {
        let folder = TemporaryFolder()
        try writeHDF5(openCheckpoint(source), to: folder("model.h5"))
        let checkpoint = try openCheckpoint(folder("model.h5"))
        #expect(try (checkpoint as? HDF5Checkpoint)?.verify() == [])
        try writeSafetensors(checkpoint, to: folder("back"))
        let names = try FileManager.default.contentsOfDirectory(atPath: source).sorted()
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder("back")).sorted() == names)
        for name in names {
            #expect(try contents("\(source)/\(name)") == contents(folder("back/\(name)")), "\(name)")
        }
        #expect(try folder.entries == ["back", "model.h5"])
    }

    @Test("A model goes to HDF5 and back byte for byte, in every public form", arguments: TestModel.forms)
    func roundTrip(_ model: TestModel) throws {
        let folder = TemporaryFolder()
        try model.write(to: folder("model"))
        try expectRoundTrip(folder("model"))
    }

    @Test(
        "A checkpoint that transformers wrote goes to HDF5 and back byte for byte",
        arguments: ["qwen25vl-tiny", "qwen25vl-tiny-ref", "qwen25vl-tiny-untied-newnames"])
    func reference(_ name: String) throws {
        try expectRoundTrip(Fixtures.url("checkpoints/\(name)").path)
    }

    @Test("Tensors in HDF5 keep names, types, shapes and order, and start on a page")
    func content() throws {
        let folder = TemporaryFolder()
        let model = TestModel(shardCount: 2)
        try model.write(to: folder("model"))
        let source = try openCheckpoint(folder("model"))
        try writeHDF5(source, to: folder("model.h5"))
        let stored = try openCheckpoint(folder("model.h5"))
        #expect(stored.tensors == source.tensors)
        #expect(stored.sideFileNames == source.sideFileNames)
        for tensor in source.tensors {
            #expect(try stored.bytes(tensor.name) == source.bytes(tensor.name))
            #expect(try stored.withBytes(of: tensor.name) { UInt(bitPattern: $0.baseAddress) % 4096 } == 0)
            #expect(stored.info(tensor.name) == tensor)
        }
        #expect(throws: CheckpointError.self) { try stored.bytes("lm_head.weight") }
    }

    @Test("Every element type, scalars, empty tensors and training state come back")
    func everything() throws {
        let folder = TemporaryFolder()
        let writer = try CheckpointWriter(folder("all.h5"), expectedByteCount: 100)
        let infos =
            DType.allCases.map { TensorInfo(name: "a.\($0)", dtype: $0, shape: [3]) } + [
                TensorInfo(name: "scalar", dtype: .float32, shape: []),
                TensorInfo(name: "empty", dtype: .bfloat16, shape: [0, 4]),
                TensorInfo(name: "caf\u{e9}", dtype: .uint8, shape: [1]),
                TensorInfo(name: "cafe\u{301}", dtype: .uint8, shape: [1]),
            ]
        for (number, info) in infos.enumerated() {
            try [UInt8](repeating: UInt8(number + 1), count: info.byteCount).withUnsafeBytes {
                try writer.add(info, bytes: $0)
            }
        }
        let moment = TensorInfo(name: "adam.first.a.float32", dtype: .float32, shape: [1])
        try [UInt8](repeating: 9, count: 4).withUnsafeBytes { try writer.addTraining(moment, bytes: $0) }
        try writer.setTrainerState(Array("{\"step\": 7}".utf8))
        try writer.commit()
        let stored = try openCheckpoint(folder("all.h5"))
        #expect(stored.tensors == infos)
        for (number, info) in infos.enumerated() {
            #expect(
                try stored.bytes(info.name) == [UInt8](repeating: UInt8(number + 1), count: info.byteCount))
        }
        #expect(stored.trainingTensors == [moment])
        #expect(try stored.withTrainingBytes(of: moment.name) { Array($0) } == [9, 9, 9, 9])
        #expect(stored.trainerState == Array("{\"step\": 7}".utf8))
    }

    @Test("The identity follows the weights and not the training state")
    func identity() throws {
        let folder = TemporaryFolder()
        func save(_ value: UInt8, training: Bool) throws -> String? {
            let writer = try CheckpointWriter(folder("model.h5"), expectedByteCount: 8)
            let info = TensorInfo(name: "w", dtype: .uint8, shape: [1])
            try [value].withUnsafeBytes { try writer.add(info, bytes: $0) }
            if training { try writer.setTrainerState([1]) }
            try writer.commit()
            return try openCheckpoint(folder("model.h5")).identity
        }
        let plain = try save(1, training: false)
        #expect(plain?.count == 64)
        #expect(try save(1, training: true) == plain)
        #expect(try save(2, training: false) != plain)
    }

    @Test("A retyped model exports in its old split with new headers; one without a split gets a new one")
    func splits() throws {
        let folder = TemporaryFolder()
        try TestModel(shardCount: 2).write(to: folder("model"))
        let source = try openCheckpoint(folder("model"))
        for keepsPlan in [true, false] {
            let writer = try CheckpointWriter(folder("wide.h5"), expectedByteCount: 0)
            for tensor in source.tensors {
                let wide = TensorInfo(name: tensor.name, dtype: .float32, shape: tensor.shape)
                try [UInt8](repeating: 1, count: wide.byteCount).withUnsafeBytes {
                    try writer.add(wide, bytes: $0)
                }
            }
            try writer.addSideFile("config.json", try #require(try source.sideFile("config.json")))
            if keepsPlan { try writer.setShardPlan(try #require(source.shardPlan)) }
            try writer.commit()
            let destination = folder("wide-\(keepsPlan)")
            try writeSafetensors(openCheckpoint(folder("wide.h5")), to: destination)
            let back = try openCheckpoint(destination)
            #expect(Set(back.tensors.map(\.name)) == Set(source.tensors.map(\.name)))
            #expect(back.tensors.allSatisfy { $0.dtype == .float32 })
            #expect(
                back.shardPlan?.shards.map(\.name)
                    == (keepsPlan ? source.shardPlan?.shards.map(\.name) : ["model.safetensors"]))
        }
        let split = ShardPlan.split(source.tensors, maximumByteCount: 400)
        #expect(split.shards.count > 2)
        #expect(split.shards.first?.name.hasPrefix("model-00001-of-0") == true)
    }
}
