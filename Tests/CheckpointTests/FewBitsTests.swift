// Matrices stored in few bits: what is written, what is read back, and what is refused.
import Basics
import Foundation
import TestKit
import Testing

@testable import Checkpoint

@Suite("Matrices stored in few bits")
struct FewBitsTests {
    private let folder = TemporaryFolder()
    private let tiny = Fixtures.url("checkpoints/qwen25vl-tiny").path

    private static func isMatrix(_ info: TensorInfo) -> Bool {
        info.shape.count == 2 && info.shape[1] % 32 == 0 && info.name.hasPrefix("model.layers.")
    }

    private func stored(_ codes: WeightCodes, layout: CheckpointLayout = .mapped) throws -> String {
        let path = folder.path("\(codes)-\(layout).h5")
        let source = try QuantizedCheckpoint(openCheckpoint(tiny)) { Self.isMatrix($0) ? codes : nil }
        #expect(source.matrixCount > 0 && source.trainingTensors.isEmpty)
        try writeHDF5(source, to: path, layout: layout)
        return path
    }

    private func floats(_ reader: any CheckpointReader, _ name: String) throws -> [Float] {
        try reader.withBytes(of: name) { bytes in
            stride(from: 0, to: bytes.count, by: 2).map {
                Float(bitPattern: UInt32(bytes.loadUnaligned(fromByteOffset: $0, as: UInt16.self)) << 16)
            }
        }
    }

    @Test(
        "matrices come back close, everything else exactly", arguments: WeightCodes.allCases,
        CheckpointLayout.allCases)
    func roundTrip(_ codes: WeightCodes, _ layout: CheckpointLayout) throws {
        let original = try openCheckpoint(tiny)
        let reader = try openCheckpoint(stored(codes, layout: layout))
        #expect(reader.storesCodes && !original.storesCodes && reader.identity != nil)
        #expect(
            reader.tensors
                == original.tensors.map {
                    Self.isMatrix($0) ? TensorInfo(name: $0.name, dtype: .bfloat16, shape: $0.shape) : $0
                })
        #expect(try reader.damages().isEmpty && reader.readingNotes.contains { $0.contains("in \(codes)") })
        for info in original.tensors {
            let same = try original.withBytes(of: info.name) { a in
                try reader.withBytes(of: info.name) { b in a.elementsEqual(b) }
            }
            guard Self.isMatrix(info) else {
                #expect(same && reader.storedCodes(of: info.name) == nil, "\(info.name)")
                continue
            }
            let (a, b) = (try floats(original, info.name), try floats(reader, info.name))
            let error = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let size = a.reduce(0) { $0 + $1 * $1 }
            #expect(!same && (error / size).squareRoot() < (codes == .int8 ? 0.01 : 0.12), "\(info.name)")
            let kept = try #require(reader.storedCodes(of: info.name))
            #expect(kept.codes == codes && kept.isMapped == (layout == .mapped))
            // Any part of the widened bytes is the same as in the whole.
            let (start, end) = (2 * info.shape[1] + 2, info.byteCount - 6)
            try reader.withBytes(of: info.name, in: start..<end) { part in
                try reader.withBytes(of: info.name) { whole in
                    #expect(part.elementsEqual(UnsafeRawBufferPointer(rebasing: whole[start..<end])))
                }
            }
        }
    }

    @Test("a second rounding is refused") func twice() throws {
        let reader = try openCheckpoint(stored(.int8))
        let error = #expect(throws: CheckpointError.self) {
            _ = try QuantizedCheckpoint(reader) { Self.isMatrix($0) ? .int4 : nil }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("in few bits already"))
    }

    @Test("infinity and NaN are refused with tensor and row") func notFinite() throws {
        let path = folder.path("bad.h5")
        let writer = try CheckpointWriter(path, expectedByteCount: 1 << 16)
        var elements = [Float](repeating: 1, count: 3 * 64)
        elements[2 * 64 + 5] = .nan
        try elements.withUnsafeBytes {
            try writer.add(TensorInfo(name: "a.weight", dtype: .float32, shape: [3, 64]), bytes: $0)
        }
        try writer.commit()
        let source = try QuantizedCheckpoint(openCheckpoint(path)) { _ in .int4 }
        let error = #expect(throws: CheckpointError.self) {
            try source.withBytes(of: "a.weight.int4") { _ in }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("a.weight, row 2"))
    }

    @Test(
        "codes without scales, and scales that do not fit, are damage with both shapes",
        arguments: [
            ([3, 64], nil, "is missing"), ([3, 64], [3, 2], "expected bfloat16 [3, 4]"),
            ([3, 20], [3, 1], "shape [3, 20]"),
        ] as [([Int], [Int]?, String)])
    func misfits(_ shape: [Int], _ scales: [Int]?, _ text: String) throws {
        let path = folder.path("odd.h5")
        let writer = try CheckpointWriter(path, expectedByteCount: 1 << 16)
        func add(_ name: String, _ dtype: DType, _ shape: [Int]) throws {
            let info = TensorInfo(name: name, dtype: dtype, shape: shape)
            try [UInt8](repeating: 0, count: info.byteCount).withUnsafeBytes {
                try writer.add(info, bytes: $0)
            }
        }
        try add("a.weight.int4", .uint8, shape)
        if let scales { try add("a.weight.scales", .bfloat16, scales) }
        try writer.commit()
        let error = #expect(throws: CheckpointError.self) { _ = try openCheckpoint(path) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(text), "\(error.map { "\($0)" } ?? "")")
    }

    @Test("a matrix in two forms is damage", arguments: ["a.weight.int8"])
    func twoForms(_ other: String) throws {
        let path = folder.path("twice.h5")
        let writer = try CheckpointWriter(path, expectedByteCount: 1 << 16)
        for (name, dtype, shape) in [
            ("a.weight.int4", DType.uint8, [2, 16]), ("a.weight.scales", .bfloat16, [2, 1]),
            (other, .uint8, [2, 32]),
        ] {
            let info = TensorInfo(name: name, dtype: dtype, shape: shape)
            try [UInt8](repeating: 0, count: info.byteCount).withUnsafeBytes {
                try writer.add(info, bytes: $0)
            }
        }
        try writer.commit()
        let error = #expect(throws: CheckpointError.self) { _ = try openCheckpoint(path) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("twice"), "\(error.map { "\($0)" } ?? "")")
    }
}
