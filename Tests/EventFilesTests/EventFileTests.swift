// Files of events: their bytes, their names, a resumed run, and what cannot be written.
import Foundation
import Outputs
import TestKit
import Testing

@testable import EventFiles

@Suite("Event files")
struct EventFileTests {
    let folder = TemporaryFolder()

    private func date(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_700_000_000 + seconds) }

    private func file(startingAt step: Int = 0, at seconds: Double = 0) throws -> EventFile {
        try EventFile(
            in: folder.path("events"), startingAt: step, wallTime: date(seconds), host: "machine")
    }

    /// Three steps, of which the third and its notice are void after the run was resumed behind the second one.
    private func recordRun() throws {
        let first = try file()
        try first.append(step: 0, wallTime: date(0.5), scalars: ["evaluation/mean": 0.444])
        for step in 1...3 {
            let reward = Double(step) / 3
            try first.append(
                step: step, wallTime: date(Double(step)),
                scalars: [
                    "reward": reward, "rewards/yes_no/mean": -reward, "kl": 0, "large": 1e300,
                    "tokens": 16_777_217, "loss": step == 2 ? .nan : 1e-42,
                ])
        }
        try first.append(step: 2, wallTime: date(2), tag: "notices", text: "step 2: loss ist größer 火")
        try first.append(step: 3, wallTime: date(3), tag: "notices", text: "void")
        let second = try file(startingAt: 3, at: 100.25)
        try second.append(step: 3, wallTime: date(101), scalars: ["reward": 0.1, "loss": -.infinity])
    }

    @Test("The bytes are those that TensorBoard's reader was given once")
    func golden() throws {
        try recordRun()
        let names = try folder.names("events")
        #expect(
            names == ["events.out.tfevents.1700000000.machine", "events.out.tfevents.1700000100.machine"])
        // R1_WRITE_EVENT_FILES=FOLDER makes the files of the fixture anew.
        if let place = ProcessInfo.processInfo.environment["R1_WRITE_EVENT_FILES"] {
            try FileManager.default.copyItem(atPath: folder("events"), toPath: place)
        }
        for name in names {
            let written = [UInt8](try Data(contentsOf: folder.url("events/\(name)")))
            #expect(try Fixtures.bytes("event-files/\(name)") == written)
        }
    }

    @Test("Each call leaves whole records in the file")
    func flushes() throws {
        let events = try file()
        let start = try Data(contentsOf: URL(fileURLWithPath: events.path)).count
        try events.append(step: 1, scalars: ["reward": 1])
        let one = try Data(contentsOf: URL(fileURLWithPath: events.path)).count
        try events.append(step: 2, scalars: [:])
        #expect(try Data(contentsOf: URL(fileURLWithPath: events.path)).count == one)
        try events.append(step: 2, scalars: ["reward": 1])
        #expect(try Data(contentsOf: URL(fileURLWithPath: events.path)).count == 2 * one - start)
    }

    @Test("The name of a new file comes after the others, also within a second and when the clock went back")
    func names() throws {
        for seconds in [5.9, 5, -1000, 7, 6] { _ = try file(at: seconds) }
        #expect(
            try folder.names("events") == (5...9).map { "events.out.tfevents.170000000\($0).machine" })
        let name = EventFile.name(after: ["events.out.tfevents.x.y", "other"], date(-1_699_999_995), "host")
        #expect(name == "events.out.tfevents.0000000005.host")
        let own = try EventFile(in: folder("real"))
        #expect(own.path.hasPrefix(folder("real/events.out.tfevents.")))
    }

    @Test("What cannot be written is named with the reason")
    func errors() throws {
        try folder.write("taken", "")
        let error = #expect(throws: OutputError.self) { try EventFile(in: folder("taken")) }
        #expect(error?.path == folder("taken"))
        #expect(error?.reason.isEmpty == false)
        let long = #expect(throws: OutputError.self) {
            try EventFile(
                in: folder("a"), startingAt: 0, wallTime: date(0),
                host: String(repeating: "h", count: 300))
        }
        #expect(long?.path.hasSuffix("hhh") == true)
        #expect(long?.reason == "File name too long")
    }

    @Test("A file that reached the largest size keeps its whole records, and goes on when there is room")
    func fullDisk() async throws {
        await #expect(processExitsWith: .success) {
            let folder = TemporaryFolder()
            signal(SIGXFSZ, SIG_IGN)
            let events = try EventFile(in: folder("events"))
            let start = try Data(contentsOf: URL(fileURLWithPath: events.path))
            let kind = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
            var limit = rlimit()
            #expect(getrlimit(kind, &limit) == 0)
            let before = limit.rlim_cur
            limit.rlim_cur = rlim_t(start.count + 20)
            #expect(setrlimit(kind, &limit) == 0)
            let error = #expect(throws: OutputError.self) {
                try events.append(step: 1, scalars: ["reward": 1])
            }
            #expect(error?.reason == "File too large")
            #expect(try Data(contentsOf: URL(fileURLWithPath: events.path)) == start)
            limit.rlim_cur = before
            #expect(setrlimit(kind, &limit) == 0)
            try events.append(step: 1, scalars: ["reward": 1])
            #expect(try Data(contentsOf: URL(fileURLWithPath: events.path)).count > start.count)
        }
    }
}
