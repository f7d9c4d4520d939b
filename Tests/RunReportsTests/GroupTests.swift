// Groups of answers: boxes, pictures, what fits.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import ReportPages
@testable import RunReports

@Suite struct GroupTests {
    let folder = TemporaryFolder()

    private func record(_ text: String) throws -> RecordLine {
        var line: RecordLine?
        try forEachRecord(in: folder.write("line.jsonl", text + "\n")) { line = $0 }
        return try #require(line)
    }

    private func answered(_ more: String) throws -> (question: AskedQuestion, answer: GivenAnswer) {
        let line = try record(
            "{\"id\":\"a\",\"task\":\"grounding\",\"question\":\"q\",\"gold\":[\"[41, 56, 83, 98]\"],"
                + "\"images\":[\"a.png\"],\"accuracy\":1,\"reward\":1,\(more)}")
        return (try AskedQuestion(line), try GivenAnswer(line))
    }

    @Test("Boxes are lists of four numbers, alone, in lists, or under a key; corners are put in order")
    func boxes() {
        func edges(_ text: String) -> [[Double]] { Box.all(in: text).map(\.edges) }
        #expect(edges("[41, 56, 83, 98]") == [[41, 56, 83, 98]])
        #expect(edges("```json\n[{\"bbox_2d\": [1, 2, 3, 4], \"label\": \"x\"}]\n```") == [[1, 2, 3, 4]])
        #expect(edges("[[1,2,3,4],[5.5,6,7,8]]") == [[1, 2, 3, 4], [5.5, 6, 7, 8]])
        #expect(edges("[9, 8, 3, 4]") == [[3, 4, 9, 8]])
        #expect(edges("[1, 2, 3] [1, 2, 3, 4, 5] [a, 2, 3, 4] [1, 2, 3, nan] 1, 2, 3, 4") == [])
        #expect(edges(String(repeating: "[", count: 100_000)) == [])
    }

    @Test("An answered box is what the reward read, in pixels of the picture")
    func readBoxes() throws {
        let (question, answer) = try answered(
            "\"answer\":\"[10, 20, 30, 40]\",\"status\":\"ok\",\"detail\":\"[5.0, 10.0, 15.0, 20.0]\",\"box_space\":[280,224]"
        )
        let placed = PlacedBoxes(answer, question)
        #expect(placed.boxes.map(\.edges) == [[5, 10, 15, 20]])
        #expect(placed.plane == nil)
        #expect(PlacedBoxes(goldsOf: question).boxes.map(\.edges) == [[41, 56, 83, 98]])
    }

    @Test("Boxes that the reward did not list are those of the answer, in the plane of the model")
    func listedBoxes() throws {
        let (question, answer) = try answered(
            "\"answer\":\"<think>[9, 9, 9, 9]</think>[10, 20, 30, 40]\",\"status\":\"ok\","
                + "\"detail\":\"[5.0, 10.0, 15.0, 20.0] and 3 more\",\"box_space\":[280,224]")
        let placed = PlacedBoxes(answer, question)
        #expect(placed.boxes.map(\.edges) == [[10, 20, 30, 40]])
        #expect(placed.plane == [280, 224])
    }

    @Test("An answer that could not be read has no box, and gold boxes of the line go before the gold texts")
    func unread() throws {
        let (question, answer) = try answered(
            "\"answer\":\"[1,2,3,4]\",\"status\":\"badParse\",\"gold_boxes\":[[1,1,2,2]]")
        #expect(PlacedBoxes(answer, question).boxes.isEmpty)
        #expect(PlacedBoxes(goldsOf: question).boxes.map(\.edges) == [[1, 1, 2, 2]])
        for bad in ["\"box_space\":[1]", "\"box_space\":[0,5]", "\"gold_boxes\":[[1,2]]", "\"images\":[3]"] {
            let line = "{\"id\":\"a\",\"task\":\"t\",\"question\":\"\",\"gold\":[],\(bad)}"
            #expect(throws: RunReportError.self, "\(bad)") { _ = try AskedQuestion(record(line)) }
        }
    }

    @Test("Pictures over the limit are left out and named; smaller ones after them still fit")
    func pictureLimit() throws {
        let start = Data([0xFF, 0xD8, 0xFF])
        for (name, count) in [("a", 50), ("b", 60), ("c", 10)] {
            try (start + Data(count: count - 3)).write(to: folder.url(name))
        }
        var shelf = PictureShelf(limit: 100, folder: folder.path())
        for name in ["a", "b", "c"] { _ = shelf.add(name) }
        #expect(shelf.byteCount == 60)
        #expect(shelf.leftOut == ["b"])
        let run = MadeRun()
        var limits = ReportLimits()
        limits.pictureBytes = 10
        let page = try RunRecords(folder: run.write(folder)).htmlReport(limits)
        #expect(page.contains("Pictures left out: 1. The page holds at most 10 bytes of pictures."))
        #expect(page.contains("train-00003.png</code>"))
    }

    @Test("The last groups are kept, and evenly spaced ones from before, within the limit of bytes")
    func selection() throws {
        let groups = try AnswerGroup.read(MadeRun(steps: 500).write(folder) + "/samples.jsonl")
        #expect(groups.count == 500)
        #expect(groups.allSatisfy { $0.answers.count == 4 })
        let all = GroupSelection(groups, lastCount: 500, olderCount: 0, limit: 1 << 22)
        #expect(all.groups.count == 500)
        let some = GroupSelection(groups, lastCount: 200, olderCount: 100, limit: 1 << 22)
        #expect(some.groups.map(\.step).suffix(200) == ArraySlice(301...500))
        #expect(some.groups.count == 300)
        #expect(some.groups.first?.step == 1)
        #expect(some.groups[99].step == 300)
        let few = GroupSelection(groups, lastCount: 200, olderCount: 100, limit: 40_000)
        #expect(few.groups.reduce(0) { $0 + $1.byteCount } <= 40_000)
        #expect(few.groups.last?.step == 500)
        #expect(few.groups.first?.step == 1)
        #expect(evenlySpaced([1, 2, 3, 4, 5], count: 3) == [1, 3, 5])
        #expect(evenlySpaced([1, 2, 3], count: 0) == [])
    }
}
