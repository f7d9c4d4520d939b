// Models in another element type: the right roundings, told for each tensor, and refused where a number does
// not fit.
import Basics
import Foundation
import ModelFamilies
import TestKit
import Testing

@testable import Checkpoint

struct RetypedTests {
    /// One tensor `w` of any bits in a file.
    private func reader(_ dtype: DType, _ bytes: [UInt8], in folder: TemporaryFolder) throws
        -> SafetensorsFile
    {
        let info = TensorInfo(name: "w", dtype: dtype, shape: [bytes.count / dtype.byteCount])
        let path = folder("\(UUID().uuidString).safetensors")
        try write(safetensors([(info, bytes)]), to: path)
        return try SafetensorsFile(path)
    }

    private func values<T: FixedWidthInteger>(_ bytes: [UInt8], as type: T.Type) -> [T] {
        bytes.withUnsafeBytes { raw in
            (0..<bytes.count * 8 / T.bitWidth).map {
                raw.loadUnaligned(fromByteOffset: $0 * T.bitWidth / 8, as: T.self)
            }
        }
    }

    private func bytes<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }

    @Test("Every float16 and every bfloat16 widens to its number")
    func widening() throws {
        let folder = TemporaryFolder()
        let all = (0...UInt16.max).map { $0 }
        for (dtype, number) in [
            (DType.float16, { (bits: UInt16) in Float(Float16(bitPattern: bits)) }),
            (.bfloat16, { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }),
        ] {
            let wide = RetypedCheckpoint(try reader(dtype, bytes(all), in: folder), dtype: .float32)
            let found = values(try wide.bytes("w"), as: UInt32.self).map { Float(bitPattern: $0) }
            for (bits, value) in zip(all, found) {
                let expected = number(bits)
                #expect(value.bitPattern == expected.bitPattern || value.isNaN && expected.isNaN, "\(bits)")
            }
            #expect(try wide.roundings().map(\.largestError) == [0])
        }
    }

    @Test("Narrowing rounds to nearest even, as Swift's own Float16 does")
    func narrowing() throws {
        let folder = TemporaryFolder()
        var generator = SeededGenerator(state: 11)
        // Around every power of two, subnormal numbers, halves between two neighbours, and the extremes.
        var numbers = (0..<60_000).map { _ in
            Float(
                sign: Bool.random(using: &generator) ? .plus : .minus,
                exponent: .random(in: -40...15, using: &generator),
                significand: .random(in: 1..<1.999, using: &generator))
        }
        numbers += (0..<2000).map {
            Float(Float16(bitPattern: UInt16($0 * 15))) + Float(sign: .plus, exponent: -26, significand: 1)
        }
        numbers +=
            (0..<2000).map { 1 + Float($0) / 2048 } + [0, -0.0, .nan, .infinity, -.infinity, 65504, 65519]
        let source = try reader(.float32, bytes(numbers.map(\.bitPattern)), in: folder)
        let half = values(try RetypedCheckpoint(source, dtype: .float16).bytes("w"), as: UInt16.self)
        for (number, bits) in zip(numbers, half) {
            let expected = Float16(number)
            #expect(
                bits == expected.bitPattern || number.isNaN && Float16(bitPattern: bits).isNaN, "\(number)")
        }
        let brain = values(try RetypedCheckpoint(source, dtype: .bfloat16).bytes("w"), as: UInt16.self)
        for (number, bits) in zip(numbers, brain) where !number.isNaN {
            let rounded = Float(bitPattern: UInt32(bits) << 16)
            for neighbour in [bits &- 1, bits &+ 1] {
                let other = Float(bitPattern: UInt32(neighbour) << 16)
                guard number.isFinite, other.isFinite, (other < 0) == (number < 0) else { continue }
                let (ours, theirs) = (
                    abs(Double(rounded) - Double(number)), abs(Double(other) - Double(number))
                )
                #expect(ours < theirs || ours == theirs && bits % 2 == 0, "\(number)")
            }
        }
        #expect(brain.contains { $0 & 0x7FFF > 0x7F80 }, "NaN stays NaN")
    }

    @Test("The largest errors are told, for tensors that were read whole, in parts or not at all")
    func roundings() throws {
        let folder = TemporaryFolder()
        let numbers: [Float] = [1, 1 + 1 / 512, 1000.5, -3]
        let source = try reader(.float32, bytes(numbers.map(\.bitPattern)), in: folder)
        for read in [0..<8, 0..<0, 3..<5] {
            let narrow = RetypedCheckpoint(source, dtype: .bfloat16)
            let whole = try RetypedCheckpoint(source, dtype: .bfloat16).bytes("w")
            #expect(try narrow.withBytes(of: "w", in: read) { Array($0) } == Array(whole[read]))
            let rounding = try #require(try narrow.roundings().first)
            #expect(rounding.oldType == .float32 && rounding.tensor.dtype == .bfloat16)
            #expect(rounding.largestError == 0.5)
            #expect(abs(rounding.largestRelativeError - Double(Float(1) / 513)) < 1e-8)
        }
    }

    @Test("A number that the type does not reach is an error with the tensor's name")
    func tooLarge() throws {
        let folder = TemporaryFolder()
        let source = try reader(.float32, bytes([Float(1), 65520].map(\.bitPattern)), in: folder)
        #expect {
            try RetypedCheckpoint(source, dtype: .float16).bytes("w")
        } throws: {
            "\($0)".contains("w has numbers that are too large for float16, whose largest is 65504")
        }
    }

    @Test("A retyped model is a sound model that can be written in every form and says its type")
    func writing() throws {
        let folder = TemporaryFolder()
        let model = TestModel(isTied: false, shardCount: 3, dtype: .float32)
        try model.write(to: folder("a"))
        let config =
            model.config.dropLast() + ", \"torch_dtype\": \"float32\", \"x\": {\"dtype\" : \"float32\"}}"
        try write(Array(config.utf8), to: folder("a/config.json"))
        let narrow = RetypedCheckpoint(try openCheckpoint(folder("a")), dtype: .bfloat16)
        try writeHDF5(narrow, to: folder("b.h5"))
        try writeHDF5(narrow, to: folder("c.h5"), layout: .compressed)
        try writeSafetensors(narrow, to: folder("d"))
        let written = try ["b.h5", "c.h5", "d"].map { try openCheckpoint(folder($0)) }
        for reader in written {
            #expect(Set(reader.tensors.map(\.dtype)) == [.bfloat16])
            let text = String(decoding: try #require(try reader.sideFile("config.json")), as: UTF8.self)
            #expect(text == config.replacingOccurrences(of: "float32", with: "bfloat16"))
            for tensor in narrow.tensors {
                #expect(try reader.bytes(tensor.name) == narrow.bytes(tensor.name))
            }
        }
        // What has the type already stays as it is, shards and hashes included.
        let same = RetypedCheckpoint(written[0], dtype: .bfloat16)
        #expect(try same.roundings().isEmpty)
        #expect(
            same.recordedHash(of: "model.norm.weight") == written[0].recordedHash(of: "model.norm.weight"))
    }

    @Test("A damaged source gives nothing, in another type or another style as little as unchanged")
    func damagedSource() throws {
        let folder = TemporaryFolder()
        try TestModel(dtype: .float32).write(to: folder("a"))
        try writeHDF5(openCheckpoint(folder("a")), to: folder("a.h5"))
        let sound = try #require(try openCheckpoint(folder("a.h5")) as? HDF5Checkpoint)
        for (section, name) in [(Section.tensors, "model.norm.weight"), (.files, "tokenizer.model")] {
            let place = try #require(sound.item(section, name)?.runs.first)
            var bytes = try contents(folder("a.h5"))
            bytes[place.lowerBound] ^= 1
            try write(bytes, to: folder("bad.h5"))
            let bad = try openCheckpoint(folder("bad.h5"))
            for reader in [
                bad, RetypedCheckpoint(bad, dtype: .float16), try StyledCheckpoint(bad, style: .nested),
            ] as [any CheckpointReader] {
                #expect(throws: CheckpointError.self, "\(name)") { try writeHDF5(reader, to: folder("b.h5")) }
                #expect(throws: CheckpointError.self, "\(name)") {
                    try writeSafetensors(reader, to: folder("b"))
                }
            }
            #expect(throws: CheckpointError.self) { try writeDelta(from: bad, to: sound, at: folder("d.h5")) }
        }
        #expect(try folder.entries == ["a", "a.h5", "bad.h5"])
    }
}
