// The compressed layout: the same model in fewer bytes, and what happens when chunks are broken.
import Basics
import CHDF5
import Foundation
import TestKit
import Testing

@testable import Checkpoint
@testable import CheckpointDiff

/// Tensors whose shapes try the cut: chunks that come out even, that do not, one element, none, no dimension.
private let shapes = [
    [], [1], [0], [3, 0, 2], [5, 7], [1 << 19], [(1 << 19) + 1], [700_001], [3, 5, 100_003], [2, 1100, 513],
    [1, 1, 1, 1],
]

/// A checkpoint with every shape in every element type, training state and files.
private func writeOddModel(to path: String, layout: CheckpointLayout) throws {
    let writer = try CheckpointWriter(path, expectedByteCount: 0, layout: layout)
    var generator = SeededGenerator(state: 5)
    for (number, shape) in shapes.enumerated() {
        let info = TensorInfo(name: "t.\(number)", dtype: DType.allCases[number % 5], shape: shape)
        var bytes = [UInt8](repeating: 0x3F, count: info.byteCount)
        for place in stride(from: 0, to: bytes.count, by: 2) {
            bytes[place] = UInt8(truncatingIfNeeded: generator.next())
        }
        try bytes.withUnsafeBytes { try writer.add(info, bytes: $0) }
    }
    let moment = TensorInfo(name: "adam.t", dtype: .float32, shape: [400_000])
    try [UInt8](repeating: 0, count: moment.byteCount).withUnsafeBytes {
        try writer.addTraining(moment, bytes: $0)
    }
    try writer.addSideFile("notes.txt", Array("notes".utf8))
    try writer.addSideFile("empty.txt", [])
    try writer.setTrainerState(Array("{\"step\": 7}".utf8))
    try writer.commit()
}

/// Expects two checkpoints to be the same in everything but the layout.
private func expectSame(_ a: HDF5Checkpoint, _ b: HDF5Checkpoint) throws {
    #expect(a.identity == b.identity && a.family == b.family)
    #expect(a.tensors == b.tensors && a.trainingTensors == b.trainingTensors)
    #expect(a.sideFileNames == b.sideFileNames && a.shardPlan == b.shardPlan)
    #expect(a.trainerState == b.trainerState)
    for tensor in a.tensors { #expect(try a.bytes(tensor.name) == b.bytes(tensor.name), "\(tensor)") }
    for tensor in a.trainingTensors {
        let bytes = try b.withTrainingBytes(of: tensor.name) { Array($0) }
        #expect(try a.withTrainingBytes(of: tensor.name) { Array($0) } == bytes)
    }
    for name in a.sideFileNames { #expect(try a.sideFile(name) == b.sideFile(name)) }
    #expect(try a.verify() == [] && b.verify() == [])
}

struct CompressedTests {
    @Test("Chunks cover a tensor's bytes once, in order, and each is found by its origin", arguments: shapes)
    func grid(_ shape: [Int]) throws {
        for dtype in DType.allCases {
            let info = TensorInfo(name: "t", dtype: dtype, shape: shape)
            guard let grid = ChunkGrid(info) else {
                #expect(shape.isEmpty || shape.contains(0))
                continue
            }
            #expect(grid.byteCount <= 1 << 20 && grid.chunkShape.count == shape.count)
            #expect(grid.count == 1 || grid.byteCount >= 1 << 18)
            let ranges = (0..<grid.count).map { grid.range($0) }
            #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == info.byteCount)
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
            #expect((0..<grid.count).allSatisfy { grid.number(at: grid.origin($0)) == $0 })
            #expect(grid.number(at: shape.map { UInt64($0) }) == nil)
        }
        #expect(ChunkGrid(TensorInfo(name: "t", dtype: .bfloat16, shape: [151_936, 2048]))?.count == 594)
    }

    @Test("Both layouts hold the same bytes, whatever the shapes, and the same content gives the same file")
    func layouts() throws {
        let folder = TemporaryFolder()
        for layout in CheckpointLayout.allCases {
            try writeOddModel(to: folder("\(layout).h5"), layout: layout)
        }
        let compressed = try HDF5Checkpoint(folder("compressed.h5"))
        #expect(compressed.layout == .compressed)
        try expectSame(HDF5Checkpoint(folder("mapped.h5")), compressed)
        let bytes = try contents(folder("compressed.h5"))
        #expect(try bytes.count < contents(folder("mapped.h5")).count * 3 / 4)
        try writeOddModel(to: folder("again.h5"), layout: .compressed)
        #expect(try contents(folder("again.h5")) == bytes)
    }

    @Test("Weights as a model has them take about a third less")
    func saving() throws {
        var generator = SeededGenerator(state: 9)
        let bytes = (0..<(1 << 19)).flatMap { _ in
            // Four uniform numbers add up to something near a normal distribution.
            let sum = (0..<4).reduce(Float(0)) { total, _ in total + .random(in: -1...1, using: &generator) }
            let bits = (sum * 0.02).bitPattern >> 16
            return [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
        }
        let info = TensorInfo(name: "w", dtype: .bfloat16, shape: [1 << 19])
        let grid = try #require(ChunkGrid(info))
        let compressor = try ChunkCompressor()
        try bytes.withUnsafeBytes { try compressor.compress($0, of: grid, into: 0) }
        let stored = compressor.packed(0).count
        #expect(Double(stored) < 0.7 * Double(bytes.count), "\(stored)")
    }

    @Test("From one layout to the other and back nothing changes", arguments: TestModel.forms)
    func relayout(_ model: TestModel) throws {
        let folder = TemporaryFolder()
        try model.write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("mapped.h5"))
        try writeHDF5(openCheckpoint(folder("mapped.h5")), to: folder("small.h5"), layout: .compressed)
        try writeHDF5(openCheckpoint(folder("small.h5")), to: folder("back.h5"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("direct.h5"), layout: .compressed)
        #expect(try contents(folder("mapped.h5")) == contents(folder("back.h5")))
        #expect(try contents(folder("small.h5")) == contents(folder("direct.h5")))
        try expectSame(HDF5Checkpoint(folder("mapped.h5")), HDF5Checkpoint(folder("small.h5")))
        let comparison = try CheckpointComparison.compare(
            openCheckpoint(folder("mapped.h5")), openCheckpoint(folder("small.h5")))
        #expect(comparison.isSame)
        try writeSafetensors(openCheckpoint(folder("small.h5")), to: folder("exported"))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder("model")) {
            #expect(try contents(folder("model/\(name)")) == contents(folder("exported/\(name)")), "\(name)")
        }
    }

    @Test("The HDF5 library reads compressed data sets by itself, through the registered filter")
    func library() throws {
        let folder = TemporaryFolder()
        try writeOddModel(to: folder("a.h5"), layout: .compressed)
        let reader = try HDF5Checkpoint(folder("a.h5"))
        let file = try HDF5.open(folder("a.h5"))
        for tensor in reader.tensors {
            let path = "/tensors/t/\(tensor.name.dropFirst(2))"
            guard let set = HDF5Handle(H5Dopen2(file.id, path, 0), close: H5Dclose),
                let type = HDF5Handle(r1_h5_type(tensor.dtype.hdf5Code), close: H5Tclose)
            else {
                Issue.record("HDF5 cannot open \(path)")
                return
            }
            var bytes = [UInt8](repeating: 1, count: tensor.byteCount)
            #expect(bytes.withUnsafeMutableBytes { r1_h5_read(set.id, type.id, $0.baseAddress) } >= 0)
            #expect(try reader.bytes(tensor.name) == bytes, "\(tensor)")
        }
    }

    @Test("Two tensors at once and many threads get the right bytes")
    func sharing() throws {
        let folder = TemporaryFolder()
        try writeOddModel(to: folder("a.h5"), layout: .compressed)
        let reader = try HDF5Checkpoint(folder("a.h5"))
        let hashes = try reader.tensors.map { sha256(try reader.bytes($0.name)) }
        let again = try parallelMap(3 * shapes.count) { number in
            try reader.withBytes(of: "t.\(number % shapes.count)") { first in
                try reader.withBytes(of: "t.8") { second in sha256(Array(first)) + sha256(Array(second)) }
            }
        }
        for (number, pair) in again.enumerated() {
            #expect(pair == hashes[number % shapes.count] + hashes[8])
        }
    }

    @Test("A flipped byte in a chunk is found and named, and gives no tensor that passes for sound")
    func flipped() throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("a.h5"), layout: .compressed)
        let sound = try contents(folder("a.h5"))
        let items = try HDF5Checkpoint(folder("a.h5")).items
        for section in [Section.tensors, .files] {
            for item in items[section, default: []] where item.grid != nil {
                for place in [item.runs[0].lowerBound, item.runs[0].upperBound - 1] {
                    var bytes = sound
                    bytes[place] ^= 0x10
                    try write(bytes, to: folder("flipped.h5"))
                    let reader = try HDF5Checkpoint(folder("flipped.h5"))
                    #expect(try reader.verify() == ["\(section.rawValue): \(item.entry.info.name)"])
                    #expect { try writeHDF5(reader, to: folder("copy.h5")) } throws: {
                        "\($0)".contains(item.entry.info.name) || section == .files
                    }
                }
            }
        }
        #expect(try folder.entries == ["a.h5", "flipped.h5", "model"])
        let item = try #require(items[.tensors]?.first)
        var bytes = sound
        bytes[item.runs[0].lowerBound] ^= 1
        try write(bytes, to: folder("flipped.h5"))
        #expect { try HDF5Checkpoint(folder("flipped.h5")).bytes(item.entry.info.name) } throws: {
            "\($0)".contains("damaged: tensors: \(item.entry.info.name): chunk 1 of 1: zstd: ")
        }
    }

    @Test(
        "Cut or changed, a compressed checkpoint gives an error or other numbers, never a crash",
        arguments: 0..<4)
    func fuzz(_ seed: UInt64) throws {
        let folder = TemporaryFolder()
        try TestModel().write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("a.h5"), layout: .compressed)
        let sound = try contents(folder("a.h5"))
        let interesting = sound.indices.filter { sound[$0] != 0 }
        var generator = SeededGenerator(state: seed)
        for round in 0..<120 {
            var bytes = sound
            if round % 3 == 0 {
                bytes.removeLast(Int.random(in: 1...sound.count, using: &generator))
            } else {
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = try #require(interesting.randomElement(using: &generator))
                    bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            try write(bytes, to: folder("changed.h5"))
            do {
                let reader = try openCheckpoint(folder("changed.h5"))
                #expect(round % 3 != 0)
                _ = try (reader as? HDF5Checkpoint)?.verify()
                for tensor in reader.tensors { _ = try reader.bytes(tensor.name) }
            } catch { #expect(error is CheckpointError) }
        }
    }

    @Test("A stopped compressed write leaves nothing")
    func stopped() throws {
        let folder = TemporaryFolder()
        do {
            let writer = try CheckpointWriter(folder("a.h5"), expectedByteCount: 0, layout: .compressed)
            try writer.addSideFile("notes.txt", [1])
        }
        #expect(try folder.entries.isEmpty)
    }
}
