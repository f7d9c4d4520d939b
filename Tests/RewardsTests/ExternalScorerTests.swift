// Scorers in other programs: proper replies, and every way a child can fail.
import Foundation
import StrictJSON
import Testing
import TrainingData

@testable import Rewards

/// A shell loop that answers each request line; `n` counts the requests.
private func scorer(_ reply: String, before: String = "", timeLimit: Double = 20) throws -> ExternalScorer {
    let script = "\(before)\nn=0\nwhile IFS= read -r line; do n=$((n+1)); \(reply); done"
    return try ExternalScorer(
        name: "mine", ExternalScorerOptions(command: ["sh", "-c", script], timeLimit: timeLimit))
}

@Suite struct ExternalScorerTests {
    private let row = sample(Sample.Task(rawValue: "mine"), ["gold"])

    private func score(_ scorer: ExternalScorer, _ text: String = "yes") throws -> (
        Double, ParseStatus, String?
    ) {
        let result = try scorer.score(extractAnswer(text), for: row, context: RewardContext())
        return (result.value, result.status, result.detail)
    }

    private func fault(_ scorer: ExternalScorer) -> String {
        let error = #expect(throws: RewardError.self) { try score(scorer) }
        return error?.description ?? ""
    }

    @Test("Replies come back in order from one running child")
    func replies() throws {
        let scorer = try scorer(#"echo "{\"id\":$n,\"reward\":0.$n,\"detail\":\"$$\"}""#)
        let results = try (1...5).map { _ in try score(scorer) }
        #expect(results.map(\.0) == [0.1, 0.2, 0.3, 0.4, 0.5])
        #expect(Set(results.map(\.2)).count == 1)
    }

    @Test("The request is one line of JSON with answer, raw text and gold")
    func request() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "request-\(UUID().uuidString)")
        let scorer = try scorer(
            "printf '%s' \"$line\" > \(file.path); echo '{\"id\":1,\"reward\":1,\"status\":\"badParse\"}'")
        #expect(try score(scorer, "<think>a\nb</think><answer>c\"é</answer>").1 == .badParse)
        let request = try JSONValue(parsing: try String(contentsOf: file, encoding: .utf8)).members
        #expect(request?["answer"] == .string("c\"é") && request?["solution"] == .array([.string("gold")]))
        #expect(
            request?["raw"] == .string("<think>a\nb</think><answer>c\"é</answer>")
                && request?["version"] == .integer(1))
        #expect(request?["question"] == .string("?") && request?["task"] == .string("mine"))
    }

    @Test("A long answer and many threads pass through")
    func load() async throws {
        let scorer = try scorer(#"echo "{\"id\":$n,\"reward\":1}""#)
        let long = String(repeating: "word ", count: 20_000)
        #expect(try score(scorer, long).0 == 1)
        let values = await withTaskGroup(of: Double?.self) { group in
            for _ in 0..<16 { group.addTask { try? score(scorer).0 } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 16))
    }

    @Test("A silent child is stopped at the time limit and replaced")
    func silence() throws {
        let scorer = try scorer("[ $n = 1 ] && exec sleep 60", timeLimit: 0.3)
        let start = ContinuousClock.now
        #expect(fault(scorer).contains("no reply within the time limit"))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("A child that fails is started anew for the next answer")
    func restart() throws {
        let flag = FileManager.default.temporaryDirectory.appendingPathComponent("flag-\(UUID().uuidString)")
            .path
        let scorer = try scorer(
            #"id=${line#*\"id\":}; echo "{\"id\":${id%%,*},\"reward\":1}""#,
            before: "[ -e \(flag) ] || { touch \(flag); exit 3; }")
        #expect(fault(scorer).contains("ended without"))
        #expect(try score(scorer).0 == 1)
    }

    @Test(
        "Improper replies are faults in words, never a zero",
        arguments: [
            ("echo nonsense", "not JSON"), (#"echo '{"id":9,"reward":1}'"#, "is not 1"),
            (#"echo '{"id":1}'"#, "no number \"reward\""),
            (#"echo '{"id":1,"reward":"1"}'"#, "no number \"reward\""),
            (#"echo '{"id":1,"error":"no model"}'"#, "no model"),
            (#"echo '{"id":1,"reward":1,"status":"fine"}'"#, "unknown \"status\""),
            ("exit 0", "ended without"),
            ("head -c 3000000 /dev/zero", "a reply line above"),
        ])
    func improper(reply: String, words: String) throws {
        let message = fault(try scorer(reply))
        #expect(message.contains(words) && message.contains("external scorer sh"), "\(message)")
    }

    @Test("After failures in a row the program is not asked again; the error has its last line on stderr")
    func givesUp() throws {
        var options = RewardOptions()
        options.external["mine"] = ExternalScorerOptions(
            command: ["sh", "-c", "echo first >&2; echo no table >&2; echo >&2; exit 3"], failureLimit: 2)
        let router = try RewardRouter(options: options, embedding: nil)
        func detail() -> String {
            router.score("yes", truncated: false, for: row, context: RewardContext()).detail ?? ""
        }
        let first = detail()
        #expect(first.contains("(exit code 3)") && first.contains("stderr: no table"), "\(first)")
        try router.checkScorers()
        _ = detail()
        let error = #expect(throws: RewardError.self) { try router.checkScorers() }
        let message = try #require(error).description
        for part in ["\"mine\"", "2 times in a row", "failureLimit", "no table"] {
            #expect(message.contains(part), "\(message)")
        }
        #expect(detail() == message)
    }

    @Test("An answer that is scored starts the count of failures again, and 0 never gives up")
    func countsInARow() throws {
        let script =
            #"n=0; while read -r l; do n=$((n+1)); [ $n = 2 ] && echo "{\"id\":$n,\"reward\":1}""#
            + #" || echo "{\"id\":$n,\"error\":\"no\"}"; done"#
        for limit in [2, 0] {
            let scorer = try ExternalScorer(
                name: "mine",
                ExternalScorerOptions(command: ["sh", "-c", script], failureLimit: limit))
            #expect(fault(scorer).contains("no"))
            #expect(try score(scorer).0 == 1)
            #expect(fault(scorer).contains("no") && scorer.failure == nil)
            #expect(fault(scorer).contains("no") && (scorer.failure == nil) == (limit == 0))
        }
    }

    @Test("A program that is not there is refused at the start")
    func missing() {
        for command in [["/no/such/program"], ["no-such-program-at-all"]] {
            #expect(throws: RewardError.self) {
                try ExternalScorer(name: "mine", ExternalScorerOptions(command: command))
            }
        }
    }

    @Test("Through the router a failing scorer is the status error, with the reason")
    func router() throws {
        var options = RewardOptions()
        options.external["mine"] = ExternalScorerOptions(command: ["sh", "-c", "exit 0"], timeLimit: 5)
        let router = try RewardRouter(options: options, embedding: nil)
        let result = router.score("yes", truncated: false, for: row, context: RewardContext())
        #expect(
            result.status == .error && result.isExcluded && result.detail?.contains("ended without") == true)
    }
}
