// A reward that another program computes: one JSON object per line in each direction (docs/rewards.md).
internal import ChildProcess
import Foundation
import StrictJSON
import Synchronization
import TrainingData

/// A reward in a child process, which starts with the first answer and keeps running.
///
/// One answer is scored at a time. A reply that is late, is not JSON or names another request throws. The
/// child is then killed with everything it started, and a new one is started for the next answer, so that a
/// late reply is never taken for the reply to another request. After `failureLimit` failures in a row the
/// program is not asked again.
final class ExternalScorer: Reward {
    /// The name in metrics and messages.
    let name: String
    private let options: ExternalScorerOptions
    private let executable: String
    private let state = Mutex(State())

    /// The limit of a reply line in bytes; a longer line is an error.
    private static let longestReply = 1 << 20

    private struct State {
        var child: ChildProcess?
        var requestCount = 0
        var failuresInARow = 0
        var lastFailure = ""
    }

    /// A scorer; throws ``RewardError/scorer(command:reason:)`` if the program is not found.
    init(name: String, _ options: ExternalScorerOptions) throws {
        (self.name, self.options) = (name, options)
        executable = try Self.find(options.command.first ?? "")
    }

    /// Asks the child.
    ///
    /// Throws ``RewardError/scorer(command:reason:)`` without a valid reply.
    func score(
        _ answer: ExtractedAnswer, for sample: Sample, context: RewardContext
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        let options = options
        return try state.withLock { state in
            if let problem = failure(state) { throw problem }
            state.requestCount += 1
            do {
                let request = try Self.request(state.requestCount, answer, sample)
                let reply = try Self.reply(try exchange([UInt8](request), &state), to: state.requestCount)
                state.failuresInARow = 0
                return reply
            } catch {
                state.failuresInARow += 1
                state.lastFailure = "\(error)" + Self.end(&state.child, after: error as? ScorerFault)
                throw RewardError.scorer(
                    command: options.command.joined(separator: " "), reason: state.lastFailure)
            }
        }
    }

    /// The error that ends a run after too many failures in a row; nil while the program is worth asking.
    var failure: RewardError? { state.withLock { failure($0) } }

    private func failure(_ state: borrowing State) -> RewardError? {
        guard options.failureLimit > 0, state.failuresInARow >= options.failureLimit else { return nil }
        return .scorerFails(
            task: name, command: options.command.joined(separator: " "), count: state.failuresInARow,
            reason: state.lastFailure)
    }

    /// Sends a line and waits for a line, within the time limit in total.
    private func exchange(_ request: [UInt8], _ state: inout State) throws -> String {
        let deadline = ContinuousClock.now + .seconds(options.timeLimit)
        do {
            let child =
                try state.child
                ?? ChildProcess(
                    executable, Array(options.command.dropFirst()), hasInput: true, errorStream: .captured)
            state.child = child
            try child.write(request, until: deadline)
            guard let line = try child.readLine(limit: Self.longestReply, until: deadline) else {
                throw ScorerFault("ended without a reply", .ended)
            }
            return line
        } catch ChildProcessError.timedOut {
            throw ScorerFault("no reply within the time limit of \(options.timeLimit) seconds")
        } catch ChildProcessError.inputClosed {
            throw ScorerFault("ended without reading the request", .ended)
        } catch ChildProcessError.lineTooLong(let limit) {
            throw ScorerFault("a reply line above \(limit) bytes")
        }
    }

    /// Kills the child, unless it reported the fault itself, so that its next reply is not doubtful.
    ///
    /// Returns how it ended, when it ended by itself, and its last words on stderr.
    private static func end(_ child: inout ChildProcess?, after fault: ScorerFault?) -> String {
        guard let old = child, fault?.kind != .reported else { return "" }
        child = nil
        var words = ""
        // A child that closed its streams is about to exit; one that stays is killed all the same.
        if fault?.kind == .ended, let exit = try? old.finish(until: .now + .seconds(1)) {
            words = if case .code(let code) = exit { " (exit code \(code))" } else { " (killed by a signal)" }
        }
        if let line = old.lastErrorLine { words += "; its last line on stderr: \(line.prefix(300))" }
        old.kill()
        return words
    }

    private static func find(_ program: String) throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        let candidates = program.contains("/") ? [program] : folders.map { "\($0)/\(program)" }
        guard !program.isEmpty, let path = candidates.first(where: FileManager.default.isExecutableFile)
        else {
            throw RewardError.scorer(command: program, reason: "no such program")
        }
        return path
    }

    /// The request line, including its newline.
    private static func request(_ id: Int, _ answer: ExtractedAnswer, _ sample: Sample) throws -> Data {
        let fields: JSONObject = [
            "version": .integer(1), "id": .integer(id), "sample": .string(sample.id),
            "task": .string(sample.task.rawValue), "source": .string(sample.source),
            "question": .string(sample.question), "answer": .string(answer.text), "raw": .string(answer.raw),
            "solution": .array(sample.solutions.map(JSONValue.string)),
            "options": sample.options.map { .array($0.map(JSONValue.string)) } ?? .null,
            "extra": .object(sample.extra),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(fields) + [0x0A]
    }

    private static func reply(
        _ line: String, to id: Int
    ) throws -> (value: Double, status: ParseStatus, detail: String?) {
        let members: JSONObject
        do {
            members = try JSONValue(parsing: line).members ?? [:]
        } catch {
            throw ScorerFault("the reply is not JSON (\(error)): \(line.prefix(80))")
        }
        guard members["id"] == .integer(id) else {
            throw ScorerFault("the reply's \"id\" is not \(id): \(line.prefix(80))")
        }
        if let reason = members["error"], reason != .null {
            throw ScorerFault(reason.text ?? reason.summary, .reported)
        }
        let name = members["status"]?.text ?? ParseStatus.ok.rawValue
        guard let status = ParseStatus(rawValue: name) else {
            throw ScorerFault("unknown \"status\" \"\(name)\"")
        }
        guard let value = members["reward"]?.double else {
            throw ScorerFault("no number \"reward\" in \(line.prefix(80))")
        }
        return (value, status, members["detail"]?.text)
    }
}

/// The reason why an exchange with a scorer failed.
private struct ScorerFault: Error, CustomStringConvertible {
    enum Kind {
        /// The child closed its streams.
        case ended
        /// The child replied that it cannot score this answer.
        case reported
        /// The child was late, or its reply was improper.
        case other
    }

    let description: String
    let kind: Kind

    init(_ description: String, _ kind: Kind = .other) { (self.description, self.kind) = (description, kind) }
}
