// The options of the processes that share a command's work.
import ArgumentParser
import Collectives
import Testing
import ToolKit

@testable import Basics
@testable import ModelOptions

@Suite("Options of the world")
struct WorldOptionsTests {
    private struct Plain: Error {}

    private let console = Console(program: "test")

    @Test("A process without a launcher is alone, and its errors are those of the command")
    func alone() throws {
        var sizes: [Int] = []
        try WorldOptions.parse([]).join(console) { sizes.append($0.size) }
        try WorldOptions.parse(["--world", "single"]).join(console) { sizes.append($0.size) }
        #expect(sizes == [1, 1])
        #expect(throws: Plain.self) { try WorldOptions.parse([]).join(console) { _ in throw Plain() } }
        #expect(!MPIWorld.isStarted)
    }

    @Test(
        "Other worlds and times are refused",
        arguments: [["--world", "two"], ["--timeout", "0"], ["--timeout", "x"]])
    func refused(_ words: [String]) {
        #expect(throws: (any Error).self) { try WorldOptions.parse(words) }
    }

    @Test("Processes of one machine divide its cores; one that is bound keeps its own")
    func threads() {
        let all = Threads.count
        defer { Threads.share(processorsWith: 1) }
        Threads.share(processorsWith: 2)
        #expect(Threads.count == (ProcessorCount.isBound ? all : max(1, all / 2)))
        Threads.share(processorsWith: 1000)
        #expect(Threads.count >= 1)
    }
}
