// r1-data score as a user runs it: lines, summary, and errors that can be acted on.
import Foundation
import TestKit
import Testing

@Suite("r1-data score")
struct DataScoreTests {
    private struct Line: Decodable {
        let id: String
        let sample: Int?
        let accuracy, format, total: Double
        let status: String
        let read: String?
    }

    private func row(_ id: String, _ members: String) -> String {
        "{\"id\": \"\(id)\", \"messages\": [{\"role\": \"user\", \"content\": \"q\"}], \(members)}\n"
    }

    private func lines(_ text: String) throws -> [Line] {
        try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    }

    @Test("One line an answer goes to stdout and the summary of each task to stderr")
    func linesAndSummary() throws {
        let rows =
            row(
                "a",
                """
                "task": "mcq", "solution": "B", "options": ["dog", "cat"], \
                "answers": ["<think></think><answer>B</answer>", "A", "B", "perhaps"]
                """)
            + row("b", "\"task\": \"mcq\", \"solution\": \"A\", \"answers\": [\"A\", \"(A)\"]")
            + row("c", "\"task\": \"yorn\", \"solution\": \"yes\", \"answer\": \"no\"")
        let input = try TemporaryFolder.shared(rows)
        let result = try run("r1-data", ["score", "--input", input.path])
        #expect(result.exitCode == 0, "\(result.testDescription)")
        let found = try lines(result.output)
        #expect(found.map(\.id) == ["a", "a", "a", "a", "b", "b", "c"])
        #expect(found.map(\.sample) == [0, 1, 2, 3, 0, 1, nil])
        #expect(found.map(\.accuracy) == [1, 0, 1, 0, 1, 1, 0])
        #expect(found.map(\.total) == [1.2, 0, 1, 0, 1, 1, 0])
        #expect(found.map(\.status) == ["ok", "ok", "ok", "badParse", "ok", "ok", "ok"])
        #expect(found.map(\.read) == ["B", "A", "B", nil, "A", "A", "no"])
        for part in [
            "mcq: 6 answers to 2 rows", "ties        1 of 2 rows", "choices     A 3, B 2", "badParse    1: a",
            "33.3 % at 0, 66.7 % at 1", "yorn: 1 answers to 1 rows",
        ] { #expect(result.errors.contains(part), "\(part)\n\(result.errors)") }
    }

    @Test("With --output the lines are in the file and the summary on stdout; an existing file is kept")
    func output() throws {
        let folder = TemporaryFolder()
        let input = try folder.write(
            "rows.jsonl", row("a", "\"task\": \"chart\", \"solution\": \"5\", \"answer\": \"5\""))
        let output = folder.url("scores.jsonl").path
        let first = try run("r1-data", ["score", "--input", input, "--output", output])
        #expect(first.exitCode == 0 && first.errors.isEmpty && first.output.hasPrefix("chart: 1 answers"))
        #expect(try lines(String(contentsOfFile: output, encoding: .utf8)).map(\.accuracy) == [1])
        let second = try run("r1-data", ["score", "--input", input, "--output", output])
        expectTrouble(second, from: "r1-data", naming: ["scores.jsonl", "--overwrite"])
        let third = try run(
            "r1-data",
            [
                "score", "--input", input, "--output", output, "--overwrite", "--set",
                "rewards.formatWeight=0.5",
            ])
        #expect(third.exitCode == 0)
    }

    @Test("Boxes need the declared sizes: those of the row, or the picture and --space")
    func boxes() throws {
        let image = Fixtures.url("images/gray.png").path
        let folder = TemporaryFolder()
        let bare = row(
            "bare",
            """
            "task": "grounding", "solution": "[10, 20, 110, 220]", "answer": "[20, 40, 220, 440]", \
            "imageSize": [640, 480], "space": [1280, 960]
            """)
        let seen = """
            {"id": "seen", "task": "grounding", "messages": [{"role": "user", "content": "<image>q"}], \
            "images": ["\(image)"], "solution": "[0, 0, 8, 8]", "answer": "[0, 0, 8, 8]"}

            """
        let input = try folder.write("rows.jsonl", bare + seen)
        let undeclared = try lines(try run("r1-data", ["score", "--input", input]).output)
        #expect(undeclared.map(\.status) == ["ok", "error"])
        #expect(undeclared[0].accuracy == 1 && undeclared[0].read == "[10.0, 20.0, 110.0, 220.0]")
        let declared = try lines(
            try run("r1-data", ["score", "--input", input, "--space", "picture"]).output)
        #expect(declared.map(\.accuracy) == [1, 1])
    }

    @Test("A row without an answer, or with one of a wrong kind, is named with file, line and key")
    func badRows() throws {
        let gold = "\"task\": \"chart\", \"solution\": \"5\""
        for (members, parts) in [
            ("", ["\"answer\"", "found nothing"]), (", \"answer\": 5", ["\"answer\"", "the number 5"]),
            (", \"answers\": []", ["\"answers\"", "a list of 0"]),
            (", \"answers\": [\"5\", 5]", ["\"answers[1]\"", "the number 5"]),
            (", \"answers\": [\"5\"], \"answer\": \"5\"", ["\"answers\"", "no \"answer\" beside it"]),
        ] {
            let input = try TemporaryFolder.shared(
                row("a", gold + ", \"answer\": \"5\"") + row("b", gold + members))
            let result = try run("r1-data", ["score", "--input", input.path])
            expectTrouble(result, from: "r1-data", naming: parts + ["rows.jsonl:2"])
            #expect(result.output.isEmpty)
        }
    }
}

extension TemporaryFolder {
    /// A file `rows.jsonl` in a folder of its own, which lasts as long as the value.
    fileprivate static func shared(_ text: String) throws -> (folder: TemporaryFolder, path: String) {
        let folder = TemporaryFolder()
        return (folder, try folder.write("rows.jsonl", text))
    }
}
