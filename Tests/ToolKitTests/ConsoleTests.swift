// What all tools share: messages, the overwrite check, JSON lines. Tests of r1-infer and r1-train send
// signals.
import Foundation
import Outputs
import TestKit
import Testing

@testable import ToolKit

@Suite("Console and output of the tools")
struct ConsoleTests {
    @Test("A message is one line that starts with the program's name")
    func message() {
        #expect(Console.line("r1-test", "error: a\nb\r\nc") == "r1-test: error: a b c")
    }

    @Test("Control characters are replaced, line breaks and tabs are not")
    func controls() {
        #expect(
            Console.withoutControls("a\u{1B}[2Jb\n\tc\u{7}\u{9B}") == "a\u{FFFD}[2Jb\n\tc\u{FFFD}\u{FFFD}")
    }

    @Test("The overwrite check refuses an existing output and names the option")
    func overwriting() throws {
        let folder = TemporaryFolder()
        let path = try folder.write("out", "x")
        var option = OverwriteOption()
        option.overwrite = false
        let error = #expect(throws: OutputError.self) { _ = try option.claim(path) }
        #expect(error?.description == "\(path): cannot write: it already exists; --overwrite replaces it")
        _ = try option.claim(folder.path("none"))
        option.overwrite = true
        _ = try option.claim(path)
    }

    @Test("JSON lines have sorted keys and plain slashes and end with a line break")
    func lines() throws {
        let line = try JSONEncoder.forLines().line(["b": "x/y", "a": "z"])
        #expect(String(decoding: line, as: UTF8.self) == "{\"a\":\"z\",\"b\":\"x/y\"}\n")
    }
}
