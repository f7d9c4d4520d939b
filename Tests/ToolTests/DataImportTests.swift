// r1-data import as a user runs it: every layout, pictures inside rows, rejects, and errors that can be acted on.
import Foundation
import Parquet
import StrictJSON
import TestKit
import Testing
import TrainingData

@Suite("r1-data import")
struct DataImportTests {
    private let folder = TemporaryFolder()

    private func rows(_ name: String = "rows.jsonl") throws -> [JSONValue] {
        try folder.text(name).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    private func importing(_ inputs: [String], _ options: String...) throws -> ToolResult {
        try run(
            "r1-data", ["import"] + inputs + ["--output", folder.path("rows.jsonl"), "--overwrite"] + options)
    }

    private func layout(_ name: String) -> String { Fixtures.url("layouts/\(name)").path }

    @Test("Every layout's files import in one command: each row is written or set aside with a reason")
    func layouts() throws {
        let result = try importing(
            [Fixtures.url("layouts").path], "--rejects", folder.path("rejects.jsonl"), "--renumber",
            "--explain")
        #expect(result.exitCode == 0, "\(result.testDescription)")
        let rejects = try rows("rejects.jsonl")
        let names = rejects.map {
            $0.members?["file"]?.text.map { URL(fileURLWithPath: $0).lastPathComponent } ?? ""
        }
        #expect(
            names == [
                "c14-swift-system-role-later.jsonl", "c37-nan.jsonl", "c40-http.jsonl", "c42-file-url.jsonl",
                "c49-bbox-out.jsonl", "c51-user-mentions-tag.jsonl",
            ])
        for reject in rejects {
            #expect(
                reject.members?["line"] == .integer(1) && reject.members?["reason"]?.text?.isEmpty == false)
        }
        let written = try rows()
        #expect(written.count + rejects.count == 45)
        // What was written is read again as it is: the record needs no layout.
        let samples = try SampleReader.read(folder.path("rows.jsonl"), requireSolution: false).samples
        #expect(samples.map(\.id) == (1...written.count).map { "\($0)" })
        try checkImages(samples)
        for words in [
            "layout conversations: 5 rows", "reward_model: solution (ground_truth) (1)", "layout record: ",
        ] {
            #expect(result.errors.contains(words), "\(words)\n\(result.errors)")
        }
        #expect(
            result.output.contains("rows set aside; the first: ")
                && result.output.contains("guessed by the gold: "))
    }

    @Test("Without --rejects the first bad row ends the command and nothing is written")
    func stop() throws {
        let result = try importing([layout("c40-http.jsonl")])
        expectTrouble(result, from: "r1-data", naming: ["c40-http.jsonl:1", "images[0]", "--rejects"])
        #expect(!folder.has("rows.jsonl"))
        let repeated = try importing([layout("c44-dup-id.jsonl")])
        expectTrouble(repeated, from: "r1-data", naming: ["c44-dup-id.jsonl:2", "--renumber"])
    }

    @Test("Each id is written once, however many there are and however often they come back")
    func repeatedIDs() throws {
        // The same 3,000 ids three times, each time in another order, so that parts and batches mix old and new ones.
        let order: [Int] = [1, 7, 1_999].flatMap { step in (0..<3_000).map { number in number * step % 3_000 }
        }
        let lines: [String] = order.map { number in
            #"{"id": "row \#(number)", "problem": "1 + \#(number)?", "solution": "\#(number + 1)"}"#
        }
        let ids = try folder.write("ids.jsonl", lines.joined(separator: "\n"))
        let result = try importing([ids], "--rejects", folder.path("rejects.jsonl"))
        #expect(result.exitCode == 0, "\(result.testDescription)")
        var (seen, first, later) = (Set<Int>(), [String](), [Int]())
        for (index, id) in order.enumerated() {
            if seen.insert(id).inserted { first.append("row \(id)") } else { later.append(index + 1) }
        }
        #expect(try rows().map { $0.members?["id"]?.text } == first)
        #expect(try rows("rejects.jsonl").map { $0.members?["line"] } == later.map { .integer($0) })
    }

    @Test("Pictures inside rows are written by their content, and the same inputs give the same bytes")
    func pictures() throws {
        let table = Fixtures.url("benchmark-layouts/MMBench_DEV_EN_V11.tsv").path
        let shard = Fixtures.url("benchmark-layouts/chartqa-test.parquet").path
        let first = try importing([table, shard], "--decode", "--source", "sets")
        #expect(first.exitCode == 0, "\(first.testDescription)")
        let text = try folder.text("rows.jsonl")
        // Two pictures, used by eight rows.
        #expect(try folder.names("images").count == 2)
        for row in try rows() {
            let picture = try #require(row.members?["images"]?.elements?.first?.text)
            #expect(
                folder.has(picture) && picture.hasPrefix("images/")
                    && row.members?["source"] == .string("sets"))
        }
        #expect(try importing([table, shard], "--decode", "--source", "sets").exitCode == 0)
        #expect(try folder.text("rows.jsonl") == text)
    }

    @Test("Shares of a picture become pixels, and the unit is kept")
    func boxes() throws {
        let result = try importing([Fixtures.url("benchmark-layouts/RefCOCO.tsv").path])
        #expect(result.exitCode == 0, "\(result.testDescription)")
        let row = try #require(try rows().first?.members)
        #expect(row["solution"] == .string("[0,0,32,48]") && row["task"] == .string("grounding"))
        let objects = try #require(row["objects"]?.members)
        #expect(objects["bbox"] == .array([.array([0, 0, 32, 48].map(JSONValue.integer))]))
        #expect(objects["bbox_type"] == .string("real") && objects["bbox_source"] == .string("norm1"))
    }

    @Test("A map reads rows of no public layout; without it the error lists their keys")
    func map() throws {
        let input = try folder.write("odd.jsonl", #"{"text": "Which?", "gold": "B", "who": "me"}"# + "\n")
        let refused = try importing([input])
        expectTrouble(
            refused, from: "r1-data", naming: ["odd.jsonl:1", "the keys gold, text, who", "question=KEY"])
        let result = try importing([input], "--map", "question=text", "solution=gold", "task=mcq")
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(
            try folder.text("rows.jsonl")
                == #"{"id":"odd.jsonl:1","task":"mcq","messages":[{"role":"user","content":"Which?"}],"solution":"B","who":"me"}"#
                + "\n")
        let wrong = try importing([input], "--map", "soluton=gold")
        expectTrouble(wrong, from: "r1-data", naming: ["soluton", "solution"])
    }

    @Test("A missing or broken picture names the row")
    func badPictures() throws {
        let input = try folder.write(
            "rows-in.jsonl",
            #"{"problem": "q", "answer": "3", "image": "gone.png"}"# + "\n"
                + #"{"problem": "q", "answer": "3", "image": "cut.png"}"# + "\n"
                + #"{"problem": "q", "answer": "3", "image": {"bytes": "@@@@"}}"# + "\n"
                + #"{"problem": "q", "answer": "3"}"# + "\n")
        try Data(Fixtures.bytes("layouts/a.png").prefix(500)).write(to: folder.url("cut.png"))
        let result = try importing([input], "--rejects", folder.path("rejects.jsonl"))
        #expect(result.exitCode == 0, "\(result.testDescription)")
        let rejects = try rows("rejects.jsonl")
        #expect(rejects.map { $0.members?["line"] } == [1, 2, 3].map(JSONValue.integer))
        #expect(rejects.allSatisfy { $0.members?["key"] == .string("images") })
        #expect(rejects.first?.members?["reason"]?.text?.contains("gone.png") == true)
        #expect(try rows().count == 1)
    }

    @Test("Standard input reads as a file does")
    func standardInput() throws {
        let result = try run(
            "r1-data", ["import", "-", "--output", folder.path("rows.jsonl")],
            input: #"[{"question": "How many?", "answer": 3}]"#)
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(try rows().first?.members?["id"] == .string("standard input:1"))
    }
}
