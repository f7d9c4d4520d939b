// Files that are broken, cut or hostile: an error that names the problem, never a crash.
import Basics
import Foundation
import TestKit
import Testing

@testable import Checkpoint

struct DamageTests {
    /// A finished HDF5 checkpoint of a small model.
    private func checkpoint(_ folder: TemporaryFolder) throws -> [UInt8] {
        try TestModel().write(to: folder("model"))
        try writeHDF5(openCheckpoint(folder("model")), to: folder("model.h5"))
        return try contents(folder("model.h5"))
    }

    @Test(
        "A safetensors header that breaks a rule is refused",
        arguments: [
            ("[]", "not a JSON object"), ("{", "not JSON"), ("{\"a\":1}", "no dtype"),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{}}", "twice"),
            ("{\"a\":{\"dtype\":\"I64\",\"shape\":[4],\"data_offsets\":[0,32]}}", "dtype I64; known: F32"),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}}", "list of sizes"),
            (
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807,2],\"data_offsets\":[0,4]}}",
                "list of sizes"
            ),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}", "list of sizes"),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}", "rising"),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,5]}}", "5 bytes are declared"),
            ("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}", "begins at byte 1"),
            (
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}",
                "take 3 bytes, the file holds 4"
            ),
            (
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}}",
                "take 5 bytes, the file holds 4"
            ),
            (
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                    + "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", "begins at byte 2"
            ),
            ("{\"__metadata__\":{\"a\":1}}", "object of strings"),
            ("{\"a\":" + String(repeating: "[", count: 100_000), "nested deeper"),
        ])
    func headers(_ header: String, _ expected: String) throws {
        let folder = TemporaryFolder()
        try write(safetensors(header: header, data: [1, 2, 3, 4]), to: folder("a.safetensors"))
        #expect { try SafetensorsFile(folder("a.safetensors")) } throws: { "\($0)".contains(expected) }
    }

    @Test("Files that are no checkpoint are told apart from damaged ones")
    func kinds() throws {
        let folder = TemporaryFolder()
        #expect { try openCheckpoint(folder("none")) } throws: { "\($0)".contains("No such file") }
        #expect(throws: CheckpointError.notACheckpoint(file: folder.path())) {
            try openCheckpoint(folder.path())
        }
        try write(Array("hello, world".utf8), to: folder("text"))
        #expect(throws: CheckpointError.notACheckpoint(file: folder("text"))) {
            try openCheckpoint(folder("text"))
        }
        try write([], to: folder("empty"))
        #expect(throws: CheckpointError.notACheckpoint(file: folder("empty"))) {
            try openCheckpoint(folder("empty"))
        }
        try write([255, 255, 255, 255, 255, 255, 255, 127, 123, 125], to: folder("long"))
        #expect { try openCheckpoint(folder("long")) } throws: { "\($0)".contains("declares a header of") }
    }

    @Test("Shards and index that disagree are refused")
    func shards() throws {
        let folder = TemporaryFolder()
        try TestModel(shardCount: 2).write(to: folder("model"))
        let index = folder("model/model.safetensors.index.json")
        let text = String(decoding: try contents(index), as: UTF8.self)
        for (from, to, expected) in [
            ("model.norm.weight", "model.nrm.weight", "no tensor model.nrm.weight"),
            ("\"weight_map\"", "\"weights\"", "no weight_map"),
            ("model-00002-of-00002", "../model", "not a file"),
            ("model-00002-of-00002.safetensors", "model-9.safetensors", "No such file"),
        ] {
            try write(Array(text.replacingOccurrences(of: from, with: to).utf8), to: index)
            #expect { try openCheckpoint(folder("model")) } throws: { "\($0)".contains(expected) }
        }
        try write(Array(text.utf8), to: index)
        try FileManager.default.removeItem(atPath: folder("model/model-00001-of-00002.safetensors"))
        #expect { try openCheckpoint(folder("model")) } throws: { "\($0)".contains("No such file") }
    }

    @Test("One flipped bit in a tensor or side file is found and named")
    func verify() throws {
        let folder = TemporaryFolder()
        let sound = try checkpoint(folder)
        let reader = try HDF5Checkpoint(folder("model.h5"))
        for (section, name) in [(Section.tensors, "model.norm.weight"), (.files, "config.json")] {
            let item = try #require(reader.items[section]?.first { $0.entry.info.name == name })
            var bytes = sound
            bytes[item.runs[0].upperBound - 1] ^= 4
            try write(bytes, to: folder("flipped.h5"))
            #expect(try HDF5Checkpoint(folder("flipped.h5")).verify() == ["\(section.rawValue): \(name)"])
        }
    }

    @Test("A file whose writer did not finish is refused")
    func unfinished() throws {
        let folder = TemporaryFolder()
        let writer = try CheckpointWriter(folder("a.h5"), expectedByteCount: 0)
        try writer.addSideFile("notes.txt", [1])
        let partial = try #require(try folder.entries.first { $0.hasPrefix("a.h5.partial-") })
        try FileManager.default.copyItem(atPath: folder(partial), toPath: folder("copy.h5"))
        #expect(throws: CheckpointError.self) { try openCheckpoint(folder("copy.h5")) }
        withExtendedLifetime(writer) {}
    }

    /// Opens and hashes a changed file; the only thing expected is that the program lives.
    private func survive(_ bytes: [UInt8], _ path: String) throws -> Bool {
        try write(bytes, to: path)
        do {
            let reader = try openCheckpoint(path)
            _ = try (reader as? HDF5Checkpoint)?.verify()
            for tensor in reader.tensors {
                _ = try reader.withBytes(of: tensor.name) { $0.reduce(0) { $0 ^ $1 } }
            }
            return true
        } catch {
            #expect(error is CheckpointError)
            return false
        }
    }

    @Test("A cut checkpoint is refused, wherever the cut is")
    func truncation() throws {
        let folder = TemporaryFolder()
        let hdf5 = try checkpoint(folder)
        let safetensors = try contents(folder("model/model.safetensors"))
        var generator = SeededGenerator(state: 3)
        for bytes in [hdf5, safetensors] {
            for _ in 0..<150 {
                let length = Int.random(in: 0..<bytes.count, using: &generator)
                #expect(try !survive(Array(bytes[..<length]), folder("cut")))
            }
        }
    }

    @Test("A file that becomes shorter while it is open is an error for the program that reads it")
    func shortened() throws {
        let folder = TemporaryFolder()
        let length = try checkpoint(folder).count
        for file in ["model.h5", "model/model.safetensors"] {
            let reader = try openCheckpoint(folder(file))
            let last = try #require(reader.tensors.last)
            try reader.withBytes(of: last.name, in: 0..<last.byteCount) {
                #expect($0.count == last.byteCount)
            }
            #expect(truncate(folder(file), file == "model.h5" ? off_t(length / 8) : 100) == 0)
            #expect {
                try reader.withBytes(of: last.name, in: 0..<last.byteCount) { _ in }
            } throws: { "\($0)".contains(folder(file)) && "\($0)".contains("was shortened") }
        }
    }

    @Test("A checkpoint with changed bytes gives an error or other numbers, never a crash", arguments: 0..<4)
    func mutation(_ seed: UInt64) throws {
        let folder = TemporaryFolder()
        let hdf5 = try checkpoint(folder)
        let safetensors = try contents(folder("model/model.safetensors"))
        var generator = SeededGenerator(state: seed)
        for bytes in [hdf5, safetensors] {
            let interesting = bytes.indices.filter { bytes[$0] != 0 }
            for _ in 0..<100 {
                var changed = bytes
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = try #require(interesting.randomElement(using: &generator))
                    changed[place] = UInt8.random(in: 0...255, using: &generator)
                }
                _ = try survive(changed, folder("changed"))
            }
        }
    }
}
