// Locks: held, left behind by a crash, and of another machine.
import Foundation
import TestKit
import Testing

@testable import Outputs

@Suite struct FileLockTests {
    let folder = TemporaryFolder()

    private func lock() throws -> FileLock { try FileLock(folder("lock"), for: folder.path()) }

    @Test("A lock is held once, names its process, and its file goes with it")
    func held() throws {
        var first: FileLock? = try lock()
        let holder = try #require(LockHolder(folder.text("lock")))
        #expect(holder.pid == getpid() && holder.host == LockHolder.current.host)
        #expect(throws: OutputError.inUse(path: folder.path(), holder: holder)) { try lock() }
        withExtendedLifetime(first) {}
        first = nil
        #expect(try folder.names().isEmpty)
        _ = try lock()
    }

    @Test("A lock file that a crash left behind locks nothing, even when its process id is in use again")
    func stale() throws {
        let holder = LockHolder(pid: getppid(), host: LockHolder.current.host, since: "2026-01-01T00:00:00Z")
        try folder.write("lock", holder.text)
        #expect(try lock().crashed == holder)
        // The process died before it wrote its name.
        for text in ["", "pid 7\nho"] {
            try folder.write("lock", text)
            #expect(try lock().crashed == nil)
        }
    }

    @Test("A lock file of another machine is an error that says which, and what to remove")
    func otherHost() throws {
        let holder = LockHolder(pid: 7, host: "elsewhere", since: "2026-01-01T00:00:00Z")
        try folder.write("lock", holder.text)
        let error = #expect(throws: OutputError.self) { try lock() }
        #expect(error == .otherHost(path: folder.path(), lock: folder("lock"), holder: holder))
        for part in ["process 7 on elsewhere since 2026-01-01", "remove \(folder("lock"))"] {
            #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
        }
        #expect(try folder.text("lock") == holder.text)
    }

    @Test("A link in place of the lock file is not followed")
    func linked() throws {
        try folder.write("precious", "1")
        #expect(symlink(folder("precious"), folder("lock")) == 0)
        #expect(throws: OutputError.self) { try lock() }
        #expect(try folder.text("precious") == "1")
    }
}
