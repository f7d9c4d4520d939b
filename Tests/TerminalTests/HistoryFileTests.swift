// The file of earlier messages.
import Foundation
import Terminal
import TestKit
import Testing

@Suite("The history's file")
struct HistoryFileTests {
    @Test("Messages come back as they were; only the user can read them")
    func roundTrip() throws {
        let folder = TemporaryFolder()
        let file = try #require(
            HistoryFile(name: "chat", environment: ["XDG_STATE_HOME": folder.path("state")]))
        #expect(try file.read().isEmpty)
        let messages = ["one", "two\nlines \\n", "\\", "日本 é", "/image a b.png"]
        for message in messages { try file.append(message) }
        #expect(try file.read() == messages)
        func mode(_ path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(file.path) == 0o600 && mode(folder.path("state/mixed-r1")) == 0o700)
        // A file that was open to others is closed to them.
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try file.append("more")
        #expect(try mode(file.path) == 0o600)
    }

    @Test("A long file is shortened; folders of the environment must be absolute")
    func limits() throws {
        let folder = TemporaryFolder()
        let file = try #require(
            HistoryFile(name: "chat", environment: ["HOME": folder.url("").path, "XDG_STATE_HOME": "here"]))
        #expect(file.path == folder.url("").path + "/.local/state/mixed-r1/chat")
        try file.append("old")
        let many = (0...2 * History.limit).map { "\($0)" }
        try file.trim(Array(many.dropLast()))
        #expect(try file.read() == ["old"])
        try file.trim(many)
        #expect(try file.read() == Array(many.suffix(History.limit)))
        #expect(HistoryFile(name: "chat", environment: [:]) == nil)
    }

    @Test("A link or a folder in its place is refused with its path")
    func refused() throws {
        let folder = TemporaryFolder()
        let file = try #require(
            HistoryFile(name: "chat", environment: ["XDG_STATE_HOME": folder.url("").path]))
        try FileManager.default.createDirectory(
            atPath: folder.path("mixed-r1"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: file.path, withDestinationPath: folder.path("other"))
        #expect(throws: HistoryFile.Failure.self) { try file.append("x") }
        #expect(!FileManager.default.fileExists(atPath: folder.path("other")))
    }
}
