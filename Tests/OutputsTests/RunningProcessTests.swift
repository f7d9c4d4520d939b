// Which processes count as running.
import Foundation
import Testing

@testable import Outputs

@Suite("Running processes")
struct RunningProcessTests {
    @Test("This process runs; a zombie and a process that does not exist do not")
    func states() throws {
        #expect(isRunning(process: getpid()) && isRunning(process: 1))
        #expect(!isRunning(process: Int32.max))
        var id = pid_t()
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        defer { free(words[0]) }
        try #require(posix_spawnp(&id, "true", nil, nil, &words, environ) == 0)
        var info = siginfo_t()
        // Waits for the end and leaves the process as it is.
        try #require(waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) == 0)
        #expect(kill(id, 0) == 0 && !isRunning(process: id))
        #expect(waitpid(id, nil, 0) == id && !isRunning(process: id))
    }
}
