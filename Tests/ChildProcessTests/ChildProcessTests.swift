// Child processes: streams, deadlines, what is killed, and how an exit is reported.
import Foundation
import TestKit
import Testing

@testable import ChildProcess

@Suite struct ChildProcessTests {
    private func shell(_ script: String, hasInput: Bool = true) throws -> ChildProcess {
        try ChildProcess("/bin/sh", ["-c", script], hasInput: hasInput, errorStream: .captured)
    }

    private func deadline(_ seconds: Double = 30) -> ContinuousClock.Instant { .now + .seconds(seconds) }

    @Test("Lines go both ways, and the exit code and the words on stderr come back")
    func conversation() throws {
        let child = try shell("while read -r line; do echo \"got $line\"; done; echo enough >&2; exit 3")
        for word in ["one", "two"] {
            try child.write(Array("\(word)\n".utf8), until: deadline())
            #expect(try child.readLine(limit: 100, until: deadline()) == "got \(word)")
        }
        #expect(try child.finish(until: deadline()) == .code(3))
        #expect(child.errorText == "enough\n")
    }

    @Test("Bytes are read in any portions, fewer only at the end; input can be empty")
    func bytes() throws {
        let child = try shell("cat; head -c 300000 /dev/zero; printf end", hasInput: false)
        #expect(try child.read(upTo: 299_999, until: deadline()).count == 299_999)
        #expect(try child.read(upTo: 100, until: deadline()) == [0] + Array("end".utf8))
        #expect(try child.read(upTo: 1, until: deadline()).isEmpty)
        #expect(try child.readLine(limit: 10, until: deadline()) == nil)
        #expect(try child.finish(until: deadline()) == .code(0))
    }

    @Test("A full standard error does not stop the output; its start is kept")
    func errors() throws {
        let child = try shell("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo done")
        #expect(try child.readLine(limit: 10, until: deadline()) == "done")
        #expect(try child.finish(until: deadline()) == .code(0))
        #expect(child.errorText == String(repeating: "x", count: 4096))
    }

    @Test("A deadline ends every wait, a long line is refused, and a signal is told from an exit code")
    func faults() throws {
        let silent = try shell("exec sleep 1000")
        #expect(throws: ChildProcessError.timedOut) { try silent.readLine(limit: 10, until: deadline(0.05)) }
        #expect(throws: ChildProcessError.timedOut) { try silent.finish(until: deadline(0.05)) }
        let long = try shell("head -c 100000 /dev/zero; exec sleep 1000")
        #expect(throws: ChildProcessError.lineTooLong(limit: 10)) {
            try long.readLine(limit: 10, until: deadline())
        }
        #expect(try shell("kill -SEGV $$").finish(until: deadline()) == .signal(SIGSEGV))
        let gone = try shell("exit 0")
        #expect(try gone.readLine(limit: 10, until: deadline()) == nil)
        #expect(throws: ChildProcessError.inputClosed) {
            try gone.write([UInt8](repeating: 0, count: 1 << 20), until: deadline())
        }
    }

    @Test("Killing a child kills the programs that it started")
    func group() throws {
        let child = try shell("sleep 1000 & echo $!; wait")
        let grandchild = try #require(try child.readLine(limit: 100, until: deadline()).flatMap { pid_t($0) })
        #expect(kill(grandchild, 0) == 0)
        child.kill()
        #expect(try child.finish(until: deadline()) == .signal(SIGKILL))
        #expect(try hasEnded(grandchild))
    }

    @Test("A child that is let go is killed with its group")
    func letGo() throws {
        let child = try shell("sleep 1000 & echo $!; wait").readLine(limit: 100, until: deadline())
        #expect(try hasEnded(try #require(child.flatMap { pid_t($0) })))
    }

    /// Whether a process that is not ours to reap ends soon: it is gone, or a zombie that waits for init.
    private func hasEnded(_ id: pid_t) throws -> Bool {
        for _ in 0..<1000 {
            let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
            if state.map({ $0.contains(") Z ") }) ?? true { return true }
            usleep(5000)
        }
        return false
    }

    @Test("A program that cannot be started is refused with the system's words")
    func missing() {
        #expect(throws: ChildProcessError.cannotStart(reason: "No such file or directory")) {
            try ChildProcess("/no/such/program", [], hasInput: true, errorStream: .inherited)
        }
    }

    @Test("A program that another process still has open for writing is started when it is closed")
    func busy() throws {
        let folder = TemporaryFolder()
        let program = try folder.write("program", "#!/bin/sh\necho started\n")
        #expect(chmod(program, 0o755) == 0)
        let writer = open(program, O_WRONLY | O_CLOEXEC)
        // A thread and not the pool of dispatch, which other tests keep busy.
        Thread.detachNewThread {
            usleep(100_000)
            close(writer)
        }
        let child = try ChildProcess(program, [], hasInput: false, errorStream: .inherited)
        #expect(try child.readLine(limit: 100, until: deadline()) == "started")
    }
}
