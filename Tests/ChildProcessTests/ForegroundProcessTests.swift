// Programs that work in place of this one: their end, their words, their signals.
import Foundation
import TestKit
import Testing

@testable import ChildProcess

@Suite("Programs in the foreground")
struct ForegroundProcessTests {
    private func shell(_ script: String) throws -> ForegroundProcess {
        try ForegroundProcess("/bin/sh", ["-c", script])
    }

    @Test("The exit code comes back, and whether anything was said on standard error")
    func codes() throws {
        for (script, code, hasSpoken) in [
            ("exit 0", 0, false), ("exit 3", 3, false), ("read x || exit 4", 4, false),
        ] as [(String, Int32, Bool)] {
            let end = try shell(script).wait()
            #expect(end.exit == .code(code) && end.hasSpoken == hasSpoken)
        }
        let spoken = try shell("printf ' ' >&2; exit 5").wait()
        #expect(spoken.exit == .code(5) && spoken.hasSpoken)
        #expect(throws: ChildProcessError.self) { try ForegroundProcess("/no/such/program", []) }
    }

    @Test("A signal reaches the program, which has a group of its own; after its end none is sent")
    func signals() throws {
        let folder = TemporaryFolder()
        let ready = folder.path("ready")
        let program = try shell("trap 'exit 7' USR2; touch \(ready); while :; do sleep 0.01; done")
        let sender = Thread {
            while !FileManager.default.fileExists(atPath: ready) { usleep(1000) }
            program.signal(SIGUSR2)
        }
        sender.start()
        #expect(program.wait().exit == .code(7))
        program.signal(SIGKILL)
        let killed = try shell("kill -KILL $$").wait()
        #expect(killed.exit == .signal(SIGKILL))
        let group = try shell("[ $(ps -o pgid= -p $$) -eq $$ ]").wait()
        #expect(group.exit == .code(0))
    }
}
