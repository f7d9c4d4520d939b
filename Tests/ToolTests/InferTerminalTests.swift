// r1-infer chat on a terminal: editing, history, previews, Ctrl-C.
import Foundation
import TestKit
import Testing

@Suite("r1-infer chat on a terminal")
struct InferTerminalTests {
    private let folder = TemporaryFolder()
    private let image = Fixtures.url("images/photo_a.png").path
    private let ready = "\u{1B}[?2004h\r\u{1B}[J> "

    private func chat(_ more: [String] = [], environment: [String: String] = [:]) throws -> PseudoTerminal {
        let arguments =
            ["chat", tinyModel, "--greedy", "--repetition-penalty", "1", "--max-tokens", "4"] + more
        return try PseudoTerminal(
            "r1-infer", arguments,
            environment: [
                "TERM": "xterm", "XDG_STATE_HOME": folder.path("state"),
                "XDG_CACHE_HOME": folder.path("cache"),
            ].merging(environment) { $1 })
    }

    @Test("A line is edited, answered with its figures, and found again in the next chat")
    func editing() throws {
        let saved = folder.path("chat.jsonl")
        let first = try chat()
        try first.wait(for: ready)
        #expect(try !first.isCooked())
        // "Helo" with an l before its o, a second line, and a pasted third one.
        try first.type("Helo\u{1B}[Dl\u{5}\\\rwo\u{1B}[200~rld\nagain\u{1B}[201~")
        try first.wait(for: "  again")
        try first.resize(columns: 30, rows: 10)
        try first.wait(for: "> Hello\r\n  world\r\n  again\r")
        try first.type("\r")
        try first.wait(for: "first token after")
        try first.wait(for: "4 tokens")
        try first.wait(for: ready)
        try first.type("/save \(saved)\r")
        try first.wait(for: ready)
        try first.type("\u{4}")
        #expect(try first.finish() == 0)
        #expect(try first.isCooked())
        let row = try String(contentsOfFile: saved, encoding: .utf8)
        #expect(row.contains(#""content":"Hello\nworld\nagain""#), "\(row)")

        let file = folder.path("state/mixed-r1/chat-history")
        #expect(
            try String(contentsOfFile: file, encoding: .utf8) == "Hello\\nworld\\nagain\n/save \(saved)\n")
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)

        let second = try chat()
        try second.wait(for: ready)
        try second.type("\u{1B}[A\u{1B}[A")
        try second.wait(for: "> Hello\r\n  world\r\n  again\r")
        try second.type("\u{3}/quit\r")
        #expect(try second.finish() == 0)
    }

    @Test(
        "Images are previewed in the way that the terminal says it can",
        arguments: [
            ("\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62;c", "\u{1B}_Ga=T,f=100,q=2,"),
            ("\u{1B}[?62;4c", "\u{1B}P0;1;0q"),
            ("\u{1B}[?1;2c", "\u{1B}[38;2;"),
        ])
    func previews(_ reply: String, _ start: String) throws {
        let chat = try chat(["--image", image], environment: ["COLORTERM": "truecolor"])
        try chat.wait(for: "131 x 97")
        try chat.wait(for: "\u{1B}[c")
        // A key that is pressed before the reply is not lost.
        try chat.type("/q" + reply)
        try chat.wait(for: start)
        try chat.wait(for: ready)
        try chat.type("uit\r")
        try chat.wait(for: "> /quit")
        #expect(try chat.finish() == 0)
    }

    @Test("Ctrl-C stops an answer, empties a line, and leaves when pressed twice on an empty one")
    func interrupt() throws {
        let chat = try chat(["--max-tokens", "100000"])
        try chat.wait(for: ready)
        try chat.type("Describe this image.\r")
        // The answer began: the prompt's row is over and text came.
        try chat.wait(for: "\u{1B}[?2004l")
        usleep(300_000)
        #expect(try chat.isCooked())
        try chat.type("\u{3}")
        try chat.wait(for: "stopped]")
        try chat.wait(for: ready)
        try chat.type("thrown away\u{3}")
        try chat.wait(for: ready)
        try chat.type("\u{3}")
        try chat.wait(for: "Ctrl-C again or /quit exits")
        try chat.wait(for: ready)
        try chat.type("\u{3}")
        #expect(try chat.finish() == 130)
        #expect(try chat.isCooked())
    }

    @Test(
        "A signal that ends the chat leaves the terminal as it was; a long text that is typed fast arrives whole"
    )
    func signals() throws {
        let chat = try chat()
        try chat.wait(for: ready)
        let words = (0..<300).map { "word\($0)" }.joined(separator: " ")
        try chat.type("//" + words + "\u{1}/x \u{5}\u{1B}[5~")
        try chat.wait(for: "word299")
        try chat.signal(SIGTERM)
        #expect(try chat.finish() == 128 + SIGTERM)
        #expect(try chat.isCooked())
    }

    @Test("A terminal without a movable cursor gets plain lines")
    func dumb() throws {
        let chat = try chat(["--image", image], environment: ["TERM": "dumb"])
        let start = try chat.wait(for: "> ")
        #expect(!start.contains("\u{1B}"))
        try chat.type("/quit\n")
        #expect(try chat.finish() == 0)
    }
}
