// r1-convert as a user runs it: there and back, the command line, and bad input.
import Basics
import Foundation
import TestKit
import Testing

/// Runs r1-convert.
func convert(_ arguments: String...) throws -> ToolResult { try run("r1-convert", arguments) }

@Suite struct ConvertTests {
    let folder = TemporaryFolder()

    @Test(
        "There and back gives the same bytes, in one file or in shards",
        arguments: ["qwen25vl-tiny", "qwen25vl-tiny-ref", "qwen25vl-tiny-untied-newnames"])
    func roundTrip(_ name: String) throws {
        let source = Fixtures.url("checkpoints/\(name)")
        let there = try convert(source.path, folder.path("model.h5"))
        #expect(there.exitCode == 0 && there.errors.isEmpty, "\(there.testDescription)")
        let back = try convert(folder.path("model.h5"), folder.path("back"))
        #expect(back.exitCode == 0 && back.errors.isEmpty, "\(back.testDescription)")

        let files = try FileManager.default.contentsOfDirectory(atPath: source.path).sorted()
        #expect(try folder.names("back") == files)
        for file in files {
            let (before, after) = (source.appendingPathComponent(file), folder.url("back/\(file)"))
            #expect(try Data(contentsOf: before) == Data(contentsOf: after), "\(file)")
        }
        #expect(try convert("verify", folder.path("model.h5")).exitCode == 0)
        #expect(try diff(source.path, folder.path("model.h5")).exitCode == 0)
        #expect(try folder.names() == ["back", "model.h5"])
    }

    @Test("An existing destination is refused, and replaced with --overwrite")
    func overwriting() throws {
        let (tiny, other) = (Self.tiny.path, Fixtures.url("checkpoints/qwen25vl-tiny-ref").path)
        #expect(try convert(tiny, folder.path("model.h5")).exitCode == 0)
        let first = try Data(contentsOf: folder.url("model.h5"))
        let refused = try convert(other, folder.path("model.h5"))
        expectTrouble(refused, from: "r1-convert", naming: ["model.h5", "already exists", "--overwrite"])
        #expect(try Data(contentsOf: folder.url("model.h5")) == first)

        #expect(try convert("--overwrite", other, folder.path("model.h5")).exitCode == 0)
        #expect(try diff(other, folder.path("model.h5")).exitCode == 0)
        #expect(try convert(folder.path("model.h5"), folder.path("back")).exitCode == 0)
        expectTrouble(
            try convert(folder.path("model.h5"), folder.path("back")), from: "r1-convert",
            naming: ["back", "already exists"])
        #expect(try convert("--overwrite", folder.path("model.h5"), folder.path("back")).exitCode == 0)
        #expect(try folder.names() == ["back", "model.h5"])
    }

    @Test("verify names what is damaged, and says so with exit code 1")
    func damage() throws {
        #expect(try convert(Self.tiny.path, folder.path("model.h5")).exitCode == 0)
        var bytes = try Data(contentsOf: folder.url("model.h5"))
        let norm = try Data(contentsOf: Self.tiny.appendingPathComponent("vocab.json")).prefix(200)
        let place = try #require(bytes.range(of: norm), "the side file's bytes are not in the checkpoint")
        bytes[place.lowerBound + 10] ^= 1
        try bytes.write(to: folder.url("model.h5"))
        let result = try convert("verify", folder.path("model.h5"))
        #expect(result.output.contains("damaged: files: vocab.json"), "\(result.testDescription)")
        expectTrouble(result, from: "r1-convert", naming: ["model.h5", "damaged", "vocab.json"])
    }

    @Test("Bad input is one line with exit code 1, and nothing appears", arguments: BadCheckpoint.all)
    func badInput(_ bad: BadCheckpoint) throws {
        let source = try bad.make(in: folder)
        let before = try folder.names()
        let result = try convert(source, folder.path("model.h5"))
        expectTrouble(result, from: "r1-convert", naming: bad.parts)
        #expect(try folder.names() == before)
    }

    @Test("A damaged HDF5 file gives no directory", arguments: [0, 7, 600, 100_000, 1_600_000])
    func truncatedHDF5(_ length: Int) throws {
        #expect(try convert(Self.tiny.path, folder.path("model.h5")).exitCode == 0)
        try Data(contentsOf: folder.url("model.h5")).prefix(length).write(to: folder.url("cut.h5"))
        expectTrouble(
            try convert(folder.path("cut.h5"), folder.path("back")), from: "r1-convert", naming: ["cut.h5"])
        #expect(!folder.has("back"))
        expectTrouble(try convert("verify", folder.path("cut.h5")), from: "r1-convert", naming: ["cut.h5"])
    }

    @Test("A destination that cannot be written is one line with exit code 1")
    func unwritable() throws {
        try folder.write("file", "")
        for destination in ["file/model.h5", "absent/model.h5"] {
            expectTrouble(
                try convert(Self.tiny.path, folder.path(destination)), from: "r1-convert",
                naming: [destination])
        }
        #expect(try convert(Self.tiny.path, folder.path("model.h5")).exitCode == 0)
        for destination in ["file/back", "absent/back"] {
            expectTrouble(
                try convert(folder.path("model.h5"), folder.path(destination)), from: "r1-convert",
                naming: [destination])
        }
        #expect(try folder.names() == ["file", "model.h5"])
    }

    @Test("The help teaches with examples, and a wrong command line has exit code 64")
    func commandLine() throws {
        let help = try convert("--help")
        #expect(help.exitCode == 0)
        #expect(help.output.contains("r1-convert Qwen2.5-VL-3B-Instruct model.h5"))
        for wrong in [["--fast", "a", "b"], ["a"], [], [Self.tiny.path, folder.path("model")]] {
            let result = try run("r1-convert", wrong)
            #expect(result.exitCode == 64, "\(wrong): \(result.testDescription)")
        }
        #expect(try folder.names().isEmpty)
    }

    static let tiny = Fixtures.url("checkpoints/qwen25vl-tiny")
}

/// A checkpoint that no tool may accept, and what its error has to name.
struct BadCheckpoint: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let parts: [String]
    /// Whether the files are sound and only say something wrong of the model: such can still be compared.
    var isSound = false
    /// Changes a copy of the tiny checkpoint.
    let change: @Sendable (URL) throws -> Void

    /// Makes it as `bad` in the folder; returns its path.
    func make(in folder: TemporaryFolder) throws -> String {
        try FileManager.default.copyItem(at: ConvertTests.tiny, to: folder.url("bad"))
        try change(folder.url("bad"))
        return folder.path("bad")
    }

    static let shard = "model-00002-of-00002.safetensors"

    static let all = [
        BadCheckpoint(testDescription: "a missing folder", parts: ["bad", "No such file"]) {
            try FileManager.default.removeItem(at: $0)
        },
        BadCheckpoint(testDescription: "an empty folder", parts: ["bad", "model.safetensors"]) {
            try FileManager.default.removeItem(at: $0)
            try FileManager.default.createDirectory(at: $0, withIntermediateDirectories: false)
        },
        BadCheckpoint(testDescription: "a text file", parts: ["bad", "not a checkpoint"]) {
            try FileManager.default.removeItem(at: $0)
            try Data("no checkpoint, only words\n".utf8).write(to: $0)
        },
        BadCheckpoint(testDescription: "a truncated shard", parts: [shard]) {
            try edit($0, shard) { $0.removeLast(100) }
        },
        BadCheckpoint(testDescription: "a shard cut inside its header", parts: [shard]) {
            try edit($0, shard) { $0.removeLast($0.count - 100) }
        },
        BadCheckpoint(testDescription: "a missing shard", parts: [shard]) {
            try FileManager.default.removeItem(at: $0.appendingPathComponent(shard))
        },
        BadCheckpoint(
            testDescription: "a wrong shape", parts: ["model.", "the model expects", "["], isSound: true
        ) {
            try edit($0, shard) { try swapSizes(&$0) }
        },
        BadCheckpoint(
            testDescription: "an unknown family",
            parts: ["config.json", "unknown family", "llava", "qwen2_5_vl"], isSound: true
        ) {
            try edit($0, "config.json") { try replace("\"qwen2_5_vl\"", "\"llava\"", in: &$0) }
        },
        BadCheckpoint(
            testDescription: "a size that is a text", parts: ["config.json", "hidden_size"], isSound: true
        ) {
            try edit($0, "config.json") {
                try replace("\"hidden_size\": ", "\"hidden_size\": \"x\" ,\"y\": ", in: &$0)
            }
        },
        BadCheckpoint(testDescription: "no configuration", parts: ["config.json"], isSound: true) {
            try FileManager.default.removeItem(at: $0.appendingPathComponent("config.json"))
        },
    ]

    private static func edit(_ folder: URL, _ name: String, _ change: (inout Data) throws -> Void) throws {
        let file = folder.appendingPathComponent(name)
        var data = try Data(contentsOf: file)
        try change(&data)
        try data.write(to: file)
    }

    private static func replace(_ old: String, _ new: String, in data: inout Data) throws {
        let range = try #require(data.range(of: Data(old.utf8)), "the fixture has no \(old)")
        data.replaceSubrange(range, with: Data(new.utf8))
    }

    /// Swaps the two sizes of the first matrix in a safetensors header that is not square.
    private static func swapSizes(_ data: inout Data) throws {
        let start = data.startIndex + 8
        let text = String(decoding: data[start..<start + 4000], as: UTF8.self)
        let matrix = try #require(
            text.matches(of: /"shape":\[(\d+),(\d+)\]/).first { $0.1 != $0.2 },
            "no matrix in the first entries")
        try replace(String(matrix.0), "\"shape\":[\(matrix.2),\(matrix.1)]", in: &data)
    }
}
