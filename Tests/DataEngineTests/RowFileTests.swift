// Rows as they are read and written: lines, ids, paths, hashes.
import Foundation
import Outputs
import TestKit
import Testing
import TrainingData

@testable import DataEngine

/// A row as text, with a line end.
func rowText(
    _ id: String, _ members: String = "\"task\": \"yorn\", \"solution\": \"yes\"", text: String = "q"
)
    -> String
{
    "{\"id\": \"\(id)\", \"messages\": [{\"role\": \"user\", \"content\": \"\(text)\"}], \(members)}\n"
}

@Suite("Files of rows")
struct RowFileTests {
    @Test("Lines are numbered with blank ones; a byte-order mark, CRLF and a missing last line end are fine")
    func lines() throws {
        let folder = TemporaryFolder()
        let row = "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}]}"
        let path = try folder.write(
            "a.jsonl", "\u{FEFF}\(row)\r\n\r\n\(row)\n{\"id\": \"a.jsonl:1\", \(row.dropFirst())")
        var found: [(Int, String)] = []
        try RowFile(path).forEach { found.append(($0.sample.line, $0.sample.id)) }
        #expect(found.map(\.0) == [1, 3, 4])
        #expect(found.map(\.1) == ["a.jsonl:1", "a.jsonl:3", "a.jsonl:1"])
    }

    @Test("A line longer than the buffer is one line, and offsets lead back to each row")
    func longLines() throws {
        let folder = TemporaryFolder()
        let texts = [rowText("a", text: String(repeating: "x", count: 700_000)), rowText("b"), rowText("c")]
        let path = try folder.write("a.jsonl", texts.joined())
        let bytes = Array(texts.joined().utf8)
        var ids: [String] = []
        try RowFile(path).forEach { row in
            ids.append(row.sample.id)
            #expect(Array(bytes[row.offset..<row.offset + row.bytes.count]) == row.bytes)
        }
        #expect(ids == ["a", "b", "c"])
    }

    @Test("A bad row is named with its own line")
    func badRow() throws {
        let folder = TemporaryFolder()
        let path = try folder.write("a.jsonl", rowText("a") + rowText("b", "\"images\": [3]"))
        let error = #expect(throws: DataEngineError.self) { try RowFile(path).forEach { _ in } }
        #expect(try #require(error).description.hasPrefix("\(path):2: \"images"), "\(error!)")
        #expect(throws: DataEngineError.self) {
            try RowFile(folder.write("b.jsonl", "\n\n")).forEach { _ in }
        }
    }

    @Test("Paths of a row lead to the same files from another folder; a row that stays keeps its bytes")
    func paths() throws {
        let folder = TemporaryFolder()
        for name in ["in", "out", "out/deep"] {
            try FileManager.default.createDirectory(at: folder.url(name), withIntermediateDirectories: true)
        }
        let row =
            "{\"id\":\"a\",\"x\":1e-6,\"messages\":[{\"role\":\"user\",\"content\":\"<image><image><image><image>q\"}],"
            + "\"images\":[\"p.png\",\"/abs.png\",\"data:image/png;base64,AA==\",{\"path\":\"q.png\"}]}"
        let input = try folder.write("in/a.jsonl", " " + row + " \r\n")
        for (name, prefix) in [("out/deep/b.jsonl", "../../in/"), ("in/b.jsonl", ""), ("b.jsonl", "in/")] {
            let writer = try RowWriter(OutputClaim(folder.path(name), existing: .refused))
            try RowFile(input).forEach { try writer.write($0) }
            try writer.finish()
            let written = try folder.text(name)
            let moved = row.replacingOccurrences(of: "p.png", with: prefix + "p.png")
                .replacingOccurrences(of: "q.png", with: prefix + "q.png")
            #expect(written == (prefix.isEmpty ? " " : "") + moved + "\n")
            #expect(try rowHash(Array(written.dropLast().utf8)) == rowHash(Array(row.utf8)))
        }
        #expect(try folder.names("out/deep") == ["b.jsonl"])
        #expect(
            try rowHash(Array(row.utf8))
                != rowHash(Array(row.replacingOccurrences(of: "q\"", with: "r\"").utf8)))
    }
}
