// Rows in the layouts of other trainers, and what these cannot hold.
import Foundation
import Outputs
import StrictJSON
import TestKit
import Testing

@testable import DataEngine

@Suite("Exports")
struct ExportTests {
    private let folder = TemporaryFolder()
    private let box = """
        {"id":"b","task":"grounding","source":"s","license":"L","messages":[{"role":"user","content":"<image>Where?"}],\
        "images":["p.png"],"solution":"[10, 20, 30, 40]","objects":{"ref":["cat"],"bbox":[[10,20,30,40],[1,2,3,4]]},\
        "rationale":"Left.","level":3}
        """
    private let thousandths = """
        {"id":"t","task":"grounding","messages":[{"role":"user","content":"<image>Where?"}],"images":["p.png"],\
        "solution":"[100, 200, 300, 400]","objects":{"bbox":[[100,200,300,400]],"bbox_type":"norm1000"},"license":null}
        """
    private let chat = """
        {"id":"c","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"<image>a"},\
        {"role":"assistant","content":"b"},{"role":"user","content":"<image>c"},{"role":"assistant","content":"d"}],\
        "images":["p.png",{"path":"q.png"}]}
        """
    private let golds = """
        {"id":"g","task":"chart","messages":[{"role":"user","content":"How many?"}],"solution":["5",5.5]}
        """

    private func run(
        _ rows: [String], _ layout: ExportLayout, withAnswers: Bool = false, _ name: String = "out.jsonl"
    ) throws -> (rows: [OrderedJSON], report: ExportReport) {
        let input = try folder.write("in.jsonl", rows.map { $0 + "\n" }.joined())
        var export = RowExport(layout)
        export.withAnswers = withAnswers
        let report = try export.run(RowFile(input), to: OutputClaim(folder.path(name), existing: .replaced))
        let text = try folder.text(name)
        if name.hasSuffix(".json") {
            guard case .array(let items) = try OrderedJSON(parsing: Array(text.utf8)) else {
                return ([], report)
            }
            return (items, report)
        }
        return (try text.split(separator: "\n").map { try OrderedJSON(parsing: Array($0.utf8)) }, report)
    }

    @Test("ms-swift gets columns of one kind, boxes as objects and places for them in the answer")
    func msSwift() throws {
        let (rows, report) = try run([box, thousandths, chat, golds], .msSwift, withAnswers: true)
        #expect(report.rows == 4 && report.leftOut.isEmpty)
        #expect(report.lost == ["solution (golds after the first)": 1])
        #expect(
            rows[0].compact == """
                {"messages":[{"role":"user","content":"<image>Where?"},{"role":"assistant","content":\
                "<think>Left.</think><answer><bbox>, <bbox></answer>"}],"images":["p.png"],"id":"b","task":"grounding",\
                "source":"s","license":"L","solution":"[10, 20, 30, 40]",\
                "objects":{"ref":["cat"],"bbox":[[10,20,30,40],[1,2,3,4]]},"rationale":"Left.","level":3}
                """)
        #expect(rows[1]["objects"]?.compact == "{\"bbox\":[[0.1,0.2,0.3,0.4]],\"bbox_type\":\"norm1\"}")
        #expect(rows[1]["license"] == nil)
        #expect(rows[2]["images"]?.compact == "[\"p.png\",\"q.png\"]")
        #expect(rows[3]["solution"] == .string("5"))
        let plain = try run([box, golds.replacingOccurrences(of: "many", with: "<bbox>")], .msSwift)
        #expect(plain.rows[0]["messages"]?.compact == "[{\"role\":\"user\",\"content\":\"<image>Where?\"}]")
        #expect(plain.report.lost.keys.contains { $0.hasPrefix("messages (a literal <bbox>") })
    }

    @Test("EasyR1 gets problem and answer; conversations are left out and counted")
    func easyR1() throws {
        let (rows, report) = try run([box, chat, golds], .easyR1)
        #expect(
            rows[0].compact == """
                {"problem":"<image>Where?","answer":"[10, 20, 30, 40]","images":["p.png"],"id":"b","task":"grounding",\
                "source":"s"}
                """)
        #expect(report.rows == 2 && report.leftOut == ["a conversation of several turns": 1])
        #expect(report.lost["objects"] == 1 && report.lost["level"] == 1 && report.lost["license"] == 1)
        #expect(throws: DataEngineError.self) { try run([chat], .easyR1) }
    }

    @Test("LLaVA gets human and gpt turns, in a list for a .json file")
    func llava() throws {
        let (rows, report) = try run([box, chat, golds], .llava, "out.json")
        #expect(report.rows == 3 && rows.count == 3)
        #expect(
            rows[0]["conversations"]?.compact == """
                [{"from":"human","value":"<image>Where?"},\
                {"from":"gpt","value":"<think>Left.</think><answer>[10, 20, 30, 40]</answer>"}]
                """)
        #expect(rows[0]["image"] == .string("p.png") && rows[1]["image"]?.compact == "[\"p.png\",\"q.png\"]")
        guard case .array(let turns)? = rows[1]["conversations"] else { return #expect(Bool(false)) }
        #expect(turns.compactMap { $0["from"]?.text } == ["system", "human", "gpt", "human", "gpt"])
        #expect(turns.last?["value"] == .string("d"))
        #expect(report.lost["objects"] == 1 && report.lost["task"] == 2)
    }

    @Test("The record is copied; a picture inside a row cannot be a path")
    func record() throws {
        #expect(try run([box, chat, golds], .record).rows.map(\.compact).count == 3)
        #expect(try folder.text("out.jsonl") == folder.text("in.jsonl"))
        let taught = try run([golds], .record, withAnswers: true).rows[0]
        #expect(
            taught["messages"]?.compact.contains("<think></think><answer>5</answer>") == true
                && taught["solution"]?.compact == "[\"5\",5.5]")
        let inside = box.replacingOccurrences(of: "p.png", with: "data:image/png;base64,AAAA")
        #expect(try run([inside, golds], .llava).report.leftOut == ["a picture inside the row": 1])
        #expect(try run([inside, golds], .msSwift).report.rows == 2)
    }
}
