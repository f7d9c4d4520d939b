// A reward that another program computes: one JSON object per line in each direction (docs/rewards.md).
// ScorerProcess.swift runs the program.
import Foundation
import StrictJSON
import Synchronization
import TrainingData

/// A reward in a child process, which starts with the first answer and keeps running.
///
/// One answer is scored at a time. A reply that is late, is not JSON or names another request throws. The
/// child is then killed with everything it started, and a new one is started for the next answer, so that a
/// late reply is never taken for the reply to another request.
final class ExternalScorer: Reward {
    /// The name in metrics and messages.
    let name: String
    private let options: ExternalScorerOptions
    private let executable: String
    private let state = Mutex(State())

    private struct State {
        var child: ScorerProcess?
        var requestCount = 0
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
        let (options, executable) = (options, executable)
        let command = options.command.joined(separator: " ")
        return try state.withLock { state in
            state.requestCount += 1
            let request = try Self.request(state.requestCount, answer, sample)
            do {
                let child =
                    try state.child
                    ?? ScorerProcess(executable: executable, arguments: Array(options.command.dropFirst()))
                state.child = child
                let line = try child.exchange(request, timeLimit: options.timeLimit)
                return try Self.reply(line, to: state.requestCount)
            } catch {
                state.child?.kill()
                state.child = nil
                throw RewardError.scorer(command: command, reason: "\(error)")
            }
        }
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
        let fields: [String: JSONValue] = [
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
        let members: [String: JSONValue]
        do {
            members = try JSONValue(parsing: line).members ?? [:]
        } catch {
            throw ScorerFault("the reply is not JSON (\(error)): \(line.prefix(80))")
        }
        guard members["id"] == .integer(id) else {
            throw ScorerFault("the reply's \"id\" is not \(id): \(line.prefix(80))")
        }
        if let reason = members["error"], reason != .null { throw ScorerFault(reason.text ?? reason.summary) }
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
