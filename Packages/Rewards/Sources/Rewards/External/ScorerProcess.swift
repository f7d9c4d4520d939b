// A scorer that runs as a child process: one line in, one line out, with a time limit on every exchange.
internal import ChildProcess
import Foundation

/// A running scorer.
final class ScorerProcess {
    /// The longest reply line; a child that writes more without a line feed is at fault.
    static let longestReply = 1 << 20

    private let child: ChildProcess

    /// Starts a scorer; its standard error goes where this process's own goes.
    init(executable: String, arguments: [String]) throws {
        child = try ChildProcess(executable, arguments, hasInput: true, errorStream: .inherited)
    }

    /// Sends a line and waits for one line, `timeLimit` seconds for both together.
    func exchange(_ line: Data, timeLimit: Double) throws -> String {
        let deadline = ContinuousClock.now + .seconds(timeLimit)
        do {
            try child.write([UInt8](line), until: deadline)
            if let reply = try child.readLine(limit: Self.longestReply, until: deadline) { return reply }
        } catch ChildProcessError.timedOut {
            throw ScorerFault("no reply within the time limit")
        } catch ChildProcessError.inputClosed {
            throw ScorerFault("ended without reading the request")
        } catch ChildProcessError.lineTooLong(let limit) {
            throw ScorerFault("a reply line above \(limit) bytes")
        }
        throw ScorerFault("ended without a reply")
    }
}

/// Why an exchange with a scorer failed.
struct ScorerFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
