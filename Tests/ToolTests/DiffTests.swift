// r1-diff as a user runs it: exit code 0 for same, 1 for different, 2 for trouble.
import Basics
import Foundation
import TestKit
import Testing

/// Runs r1-diff.
func diff(_ arguments: String...) throws -> ToolResult { try run("r1-diff", arguments) }

@Suite struct DiffTests {
    let folder = TemporaryFolder()
    let tiny = Fixtures.url("checkpoints/qwen25vl-tiny").path

    @Test("A model is the same as itself")
    func same() throws {
        let result = try diff(tiny, tiny)
        #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result.testDescription)")
        #expect(result.output.contains("same"))
    }

    @Test("One changed number is found, named, and forgiven within a tolerance")
    func oneNumber() throws {
        let name = try flipLowBit()
        let result = try diff(tiny, folder.path("copy"))
        #expect(result.exitCode == 1 && result.errors.isEmpty, "\(result.testDescription)")
        #expect(result.output.contains(name), "\(result.output)")
        #expect(try diff("--atol", "0.1", tiny, folder.path("copy")).exitCode == 0)
    }

    @Test("0 and -0 differ in their bits and are equal within any tolerance, 0 included")
    func negativeZero() throws {
        try folder.write("a.safetensors", float: 0x0000_0000)
        try folder.write("b.safetensors", float: 0x8000_0000)
        let (a, b) = (folder.path("a.safetensors"), folder.path("b.safetensors"))
        #expect(try diff(a, b).exitCode == 1)
        for option in ["--atol", "--rtol", "--ulp"] { #expect(try diff(option, "0", a, b).exitCode == 0) }
    }

    @Test("A changed side file is a difference though all tensors are the same")
    func sideFile() throws {
        try FileManager.default.copyItem(atPath: tiny, toPath: folder.path("copy"))
        try folder.write("copy/generation_config.json", "{}")
        let result = try diff(tiny, folder.path("copy"))
        #expect(result.exitCode == 1)
        #expect(result.output.contains("generation_config.json"), "\(result.output)")
    }

    @Test("--json is one JSON value, and the exit code is the same")
    func json() throws {
        let other = Fixtures.url("checkpoints/qwen25vl-tiny-ref").path
        let result = try diff("--json", tiny, other)
        #expect(result.exitCode == 1 && result.errors.isEmpty)
        #expect(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) is [String: Any])
    }

    @Test("--html and --svg write reports that name what changed; a report that cannot be written is trouble")
    func reports() throws {
        let name = try flipLowBit()
        let (html, svg) = (folder.path("r.html"), folder.path("r.svg"))
        let result = try diff("--html", html, "--svg", svg, tiny, folder.path("copy"))
        #expect(result.exitCode == 1 && result.errors.isEmpty, "\(result.testDescription)")
        #expect(try folder.text("r.html").contains(name) && folder.text("r.svg").hasPrefix("<svg"))
        expectTrouble(
            try diff("--html", html, tiny, tiny), from: "r1-diff",
            naming: ["r.html", "already exists", "--overwrite"], exitCode: 2)
        #expect(try diff("--html", html, "--overwrite", tiny, tiny).exitCode == 0)
        let failed = try diff("--html", folder.path("none/r.html"), tiny, tiny)
        expectTrouble(failed, from: "r1-diff", naming: ["none/r.html", "cannot write"], exitCode: 2)
    }

    @Test("Patterns, rules and --quick reach the comparison")
    func selection() throws {
        let name = try flipLowBit()
        #expect(try diff("--ignore", name, tiny, folder.path("copy")).exitCode == 0)
        #expect(try diff("--only", name, tiny, folder.path("copy")).exitCode == 1)
        #expect(try diff("--ulp", "1", tiny, folder.path("copy")).exitCode == 0)
        #expect(try diff("--quick", tiny, folder.path("copy")).exitCode == 1)
        expectTrouble(
            try diff("--only", "nothing*", tiny, tiny), from: "r1-diff",
            naming: ["nothing*", "fits no tensor"],
            exitCode: 2)
        expectTrouble(
            try diff("--map", "nothing.*=x.*", tiny, tiny), from: "r1-diff", naming: ["nothing.*"],
            exitCode: 2)
    }

    @Test("A corrupt chunk is exit code 2 with file and tensor, not a difference")
    func corruptChunk() throws {
        let packed = folder.path("packed.h5")
        #expect(try run("r1-convert", ["--layout", "compressed", tiny, packed]).exitCode == 0)
        #expect(try diff(tiny, packed).exitCode == 0)
        var data = try Data(contentsOf: folder.url("packed.h5"))
        // The frame of the largest chunk: flipping a byte in its middle breaks it or changes what it gives.
        let magic = Data([0x28, 0xB5, 0x2F, 0xFD])
        var frames: [Int] = []
        var start = data.startIndex
        while let range = data.range(of: magic, in: start..<data.endIndex) {
            frames.append(range.lowerBound)
            start = range.upperBound
        }
        let sizes = zip(frames, frames.dropFirst() + [data.endIndex]).map { ($0, $1 - $0) }
        let largest = try #require(sizes.max { $0.1 < $1.1 })
        data[largest.0 + largest.1 / 2] ^= 0xFF
        try data.write(to: folder.url("broken.h5"))
        expectTrouble(
            try diff(tiny, folder.path("broken.h5")), from: "r1-diff",
            naming: ["broken.h5", "damaged", "weight"],
            exitCode: 2)
    }

    @Test("Bad input is one line with exit code 2, on either side", arguments: BadCheckpoint.all)
    func badInput(_ bad: BadCheckpoint) throws {
        let path = try bad.make(in: folder)
        // What is stored can be compared whatever a configuration says of it: only broken files are trouble.
        guard !bad.isSound else { return #expect(try diff(tiny, path).exitCode == 1) }
        for result in [try diff(path, tiny), try diff(tiny, path)] {
            expectTrouble(result, from: "r1-diff", naming: bad.parts, exitCode: 2)
        }
    }

    @Test("The help teaches with examples, and a wrong command line has exit code 64")
    func commandLine() throws {
        let help = try diff("--help")
        #expect(help.exitCode == 0)
        #expect(help.output.contains("r1-diff --atol 1e-6 a.h5 b-directory"))
        for wrong in [
            ["--fast", "a", "b"], ["a"], ["--atol", "-1", tiny, tiny], ["--top", "x", tiny, tiny],
            ["--ulp", "-1", tiny, tiny], ["--map", "a", tiny, tiny],
        ] {
            #expect(try run("r1-diff", wrong).exitCode == 64, "\(wrong)")
        }
    }

    /// Copies the tiny model and flips the lowest bit of the last number; returns the tensor's name.
    private func flipLowBit() throws -> String {
        try FileManager.default.copyItem(atPath: tiny, toPath: folder.path("copy"))
        let shard = folder.url("copy/\(BadCheckpoint.shard)")
        var data = try Data(contentsOf: shard)
        data[data.count - 2] ^= 1
        try data.write(to: shard)
        let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try #require(
            JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: [String: Any]])
        let last = header.max { end(of: $0.value) < end(of: $1.value) }
        return try #require(last?.key)
    }

    private func end(of entry: [String: Any]) -> Int { (entry["data_offsets"] as? [Int])?.last ?? 0 }
}

extension TemporaryFolder {
    /// Writes a safetensors file with one number.
    fileprivate func write(_ name: String, float bits: UInt32) throws {
        let header = Data(#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
        let (length, value) = (UInt64(header.count), bits)
        let bytes =
            withUnsafeBytes(of: length.littleEndian) { Data($0) } + header
            + withUnsafeBytes(of: value.littleEndian) { Data($0) }
        try bytes.write(to: url(name))
    }
}
