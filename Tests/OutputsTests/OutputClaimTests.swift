// What may be written: kinds of places, inputs, links, and claims by others.
import Foundation
import TestKit
import Testing

@testable import Outputs

@Suite struct OutputClaimTests {
    let folder = TemporaryFolder()

    /// Claims an output and gives it back.
    private func claim(
        _ name: String, as kind: OutputClaim.Kind = .file, existing: OutputClaim.Existing = .replaced,
        inputs: [String] = []
    ) throws {
        _ = try OutputClaim(folder(name), as: kind, existing: existing, inputs: inputs.map { folder($0) })
    }

    @Test("An output that exists may be replaced only when that was asked for")
    func existing() throws {
        try folder.write("old", "1")
        #expect(throws: OutputError.exists(path: folder("old"))) { try claim("old", existing: .refused) }
        try claim("old")
        try claim("new", existing: .refused)
        #expect(try folder.names() == ["old"])
    }

    @Test(
        "A directory, a device, a pipe and a link to nothing are no places for a file, whatever was asked for"
    )
    func kinds() throws {
        try FileManager.default.createDirectory(
            at: folder.url("directory"), withIntermediateDirectories: false)
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        for (name, target) in [("full", "/dev/full"), ("toPipe", folder("pipe")), ("lost", folder("absent"))]
        {
            #expect(symlink(target, folder(name)) == 0)
        }
        for (name, problem) in [
            ("directory", "directory"), ("pipe", "pipe"), ("full", "device"), ("toPipe", "pipe"),
            ("lost", "not there"),
        ] {
            for existing in [OutputClaim.Existing.refused, .replaced] {
                let error = #expect(throws: OutputError.self) { try claim(name, existing: existing) }
                #expect(error?.reason.contains(problem) == true, "\(name): \(error?.reason ?? "")")
            }
        }
        let device = #expect(throws: OutputError.self) {
            _ = try OutputClaim("/dev/full", existing: .replaced)
        }
        #expect(device?.reason == "it is a device")
        try folder.write("file", "")
        #expect(throws: OutputError.self) { try claim("file", as: .directory) }
        try claim("directory", as: .directory)
    }

    @Test("An input is never an output: by its name, a symbolic link, a hard link, or as a file inside")
    func inputs() throws {
        try folder.write("input", "1")
        try FileManager.default.createDirectory(at: folder.url("model"), withIntermediateDirectories: false)
        try folder.write("model/weights", "1")
        #expect(symlink(folder("input"), folder("soft")) == 0)
        #expect(link(folder("input"), folder("hard")) == 0)
        #expect(symlink(folder("model"), folder("other")) == 0)
        for name in ["input", "soft", "hard"] {
            for input in ["input", "soft", "hard"] {
                #expect(throws: OutputError.self, "\(name) from \(input)") {
                    try claim(name, inputs: [input])
                }
            }
        }
        for (name, input) in [("model", "model/weights"), ("other", "model"), ("other", "model/weights")] {
            #expect(throws: OutputError.self, "\(name) from \(input)") {
                try claim(name, as: .directory, inputs: [input])
            }
        }
        try claim("model/new", inputs: ["model/weights", "input"])
        #expect(try folder.text("input") == "1")
    }

    @Test("A link stays a link; the result is written where it leads")
    func links() throws {
        try folder.write("target", "1")
        #expect(symlink("target", folder("link")) == 0)
        let claim = try OutputClaim(folder("link"), existing: .replaced)
        try claim.write(Data("2".utf8))
        #expect(try folder.text("target") == "2")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("link")) == "target")
    }

    @Test("A process claims one output several times; the lock file is there until the last claim is gone")
    func shared() throws {
        var first: OutputClaim? = try OutputClaim(folder("out"), existing: .refused)
        var second: OutputClaim? = try OutputClaim(folder("out"), existing: .refused)
        #expect(try first?.isSame(as: #require(second)) == true)
        first = nil
        #expect(try folder.names() == ["out.lock"])
        second = nil
        #expect(try folder.names().isEmpty)
    }

    @Test("A result appears whole; a folder that cannot be written is an error that names it")
    func whole() throws {
        try OutputClaim(folder("out"), existing: .refused).write(Data("1".utf8))
        #expect(try folder.text("out") == "1")
        #expect(try folder.names() == ["out"])
        let error = #expect(throws: OutputError.self) { try claim("absent/out") }
        #expect(error?.description.contains("absent") == true)
    }

    @Test("A file that is continued keeps what it had, and is locked under all its names")
    func continued() throws {
        try folder.write("rows", "1\n2\n3")
        #expect(link(folder("rows"), folder("alias")) == 0)
        let claim = try OutputClaim(folder("rows"), existing: .replaced)
        let handle = try claim.open(keeping: 4)
        let alias = try OutputClaim(folder("alias"), existing: .replaced)
        #expect(throws: OutputError.self) { try alias.open() }
        try handle.write(contentsOf: Data("4\n".utf8))
        try handle.close()
        #expect(try folder.text("rows") == "1\n2\n4\n")
    }
}
