// What a check finds, and that it finds nothing in good rows.
import Foundation
import ImageInput
import Rewards
import TestKit
import Testing
import TrainingData

@testable import DataEngine

@Suite("The check of rows")
struct RowCheckTests {
    private func check(
        _ folder: TemporaryFolder, _ rows: String, tokens: Int? = nil, decodes: Bool = false
    ) throws -> (findings: [Finding], summary: CheckSummary) {
        try folder.write("a.jsonl", rows)
        var check = RowCheck(try RewardRouter(embedding: nil))
        check.decodes = decodes
        if let tokens { check.tokens = { $0.question.count + tokens } }
        var findings: [Finding] = []
        let summary = try check.run(RowFile(folder.path("a.jsonl"))) { findings.append($0) }
        return (findings, summary)
    }

    private func grounding(_ box: String, unit: String? = nil, solution: String? = nil) -> String {
        "\"task\": \"grounding\", \"solution\": \"\(solution ?? box)\", \"objects\": {\"bbox\": [\(box)]"
            + (unit.map { ", \"bbox_type\": \"\($0)\"" } ?? "") + "}"
    }

    @Test("Each fault is found with its line, key and kind, and a good row has none")
    func kinds() throws {
        let folder = TemporaryFolder()
        try folder.write("p.png", .random(1))
        try folder.write("q.png", .random(2))
        let png = try RGBImage.random(3).png()
        try Data(png.dropLast(30)).write(to: folder.url("cut.png"))
        try folder.write(
            "line.png", RGBImage(width: 402, height: 2, pixels: [UInt8](repeating: 9, count: 2412)))
        try folder.write("text.png", "not a picture")
        let cases: [(row: String, kind: Finding.Kind?, key: String)] = [
            (pictureRow("0", ["p.png"], grounding("[5, 5, 90, 60]")), nil, ""),
            ("{\"id\": \"1\"}\n", .badRow, ""),
            (rowText("2", "\"task\": \"yorn\"", text: "b"), .missingGold, "solution"),
            (rowText("3", "\"solution\": \"yes\"", text: "c"), .missingTask, "task"),
            (
                rowText("4", "\"task\": \"grounding\", \"solution\": \"left\"", text: "d"), .badGold,
                "solution"
            ),
            (rowText("5", "\"task\": \"mine\", \"solution\": \"left\"", text: "e"), .unknownTask, "task"),
            (pictureRow("6", ["none.png"]), .missingPicture, "images[0]"),
            (pictureRow("7", ["p.png", "cut.png"]), .damagedPicture, "images[1]"),
            (pictureRow("8", ["text.png"]), .damagedPicture, "images[0]"),
            (pictureRow("9", ["line.png"]), .extremeShape, "images[0]"),
            (
                pictureRow("10", ["p.png"], grounding("[97, 3, 99, 60]"), text: "f"), .boxOutside,
                "objects.bbox[0]"
            ),
            (
                pictureRow("11", ["p.png"], grounding("[5, 3, 99, 60]"), text: "g"), .boxBeyond,
                "objects.bbox[0]"
            ),
            (
                pictureRow("12", ["p.png"], grounding("[0.1, 0.2, 0.5, 1]"), text: "h"), .boxUnit,
                "objects.bbox"
            ),
            (
                pictureRow("13", ["p.png"], grounding("[0.1, 0.2, 0.5, 1]", unit: "norm1000"), text: "i"),
                .boxUnit,
                "objects.bbox"
            ),
            (
                pictureRow("14", ["p.png"], grounding("[1, 2, 5, 9]", solution: "[1, 2, 8, 9]"), text: "j"),
                .boxDiffers, "solution"
            ), (pictureRow("0", ["q.png"]), .duplicateID, "id"),
            (pictureRow("16", ["q.png"]), .duplicateQuestion, "messages"),
            (
                pictureRow("17", ["q.png"], "\"task\": \"yorn\", \"solution\": \"no\""), .conflictingGold,
                "solution"
            ),
            (
                pictureRow("18", ["p.png"], grounding("[0.1, 0.2, 0.5, 1]", unit: "norm1"), text: "k"), nil,
                ""
            ),
            (
                pictureRow("19", ["p.png"], grounding("[900, 2, 999, 9]", unit: "norm1000"), text: "l"), nil,
                ""
            ),
            (
                pictureRow(
                    "20", ["p.png"], "\"task\": \"grounding\", \"solution\": \"[1, 2, 97, 9]\"", text: "m"),
                nil, ""
            ),
            (
                pictureRow(
                    "21", ["p.png"], "\"task\": \"grounding\", \"solution\": \"[1, 2, 98, 9]\"", text: "n"),
                .boxBeyond, "solution"
            ),
            (
                pictureRow("22", ["p.png"], grounding("[7, 7, 80, 60]", solution: "left"), text: ""), nil, ""
            ),
            (
                pictureRow("23", ["p.png"], grounding("[7, 7, 80, 50]", solution: "left"), text: ""),
                .conflictingGold, "solution"
            ),
            (
                "{\"messages\": [{\"role\": \"user\", \"content\": \"o\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}\n",
                nil, ""
            ),
        ]
        let (findings, summary) = try check(folder, cases.map(\.row).joined())
        for (index, item) in cases.enumerated() {
            let found = findings.filter { $0.line == index + 1 }
            #expect(found.map(\.kind) == [item.kind].compactMap { $0 }, "row \(index): \(found.map(\.text))")
            #expect(
                found.allSatisfy { $0.key == item.key && !$0.advice.isEmpty },
                "row \(index): \(found.map(\.text))")
        }
        #expect(summary.rows == cases.count && summary.errors + summary.warnings == findings.count)
        #expect(summary.findings["boxUnit"] == 2 && summary.pictures == 2)
        let text = try #require(findings.first { $0.kind == .boxBeyond }).text
        #expect(
            text.contains(
                "a.jsonl:12: warning: boxBeyond: \"objects.bbox[0]\": [5, 3, 99, 60] reaches beyond"))
    }

    @Test("Thousandths that are declared as pixels are found over a whole source, honest pixels are not")
    func units() throws {
        let folder = TemporaryFolder()
        try folder.write("small.png", .random(1))
        try folder.write(
            "large.png", RGBImage(width: 2400, height: 1200, pixels: [UInt8](repeating: 7, count: 8_640_000)))
        var rows = ""
        for number in 0..<20 {
            let box = "[\(number * 40), \(number * 30), \(number * 40 + 200), \(number * 30 + 300)]"
            rows += pictureRow(
                "s\(number)", ["small.png"], grounding(box) + ", \"source\": \"s\"", text: "s\(number)")
            rows += pictureRow(
                "l\(number)", ["large.png"], grounding(box) + ", \"source\": \"l\"", text: "l\(number)")
            let honest = "[\(number * 2), 3, \(number * 2 + 40), 33]"
            rows += pictureRow(
                "h\(number)", ["small.png"], grounding(honest) + ", \"source\": \"h\"", text: "h\(number)")
        }
        let units = try check(folder, rows).findings.filter { $0.kind == .boxUnit }
        #expect(units.map(\.line) == [2, 1], "\(units.map(\.text))")
        #expect(units.allSatisfy { $0.key == "objects.bbox_type" && $0.advice.contains("norm1000") })
        #expect(units[0].problem.contains("though pictures are larger"))
        #expect(units[1].problem.contains("of 20 boxes of source s reach beyond"))
    }

    @Test("A JPEG that ends early is found, decoded or not", arguments: [false, true])
    func decoding(_ decodes: Bool) throws {
        let folder = TemporaryFolder()
        let jpeg = try Fixtures.bytes("images/jpeg420.jpg")
        try Data(jpeg).write(to: folder.url("a.jpg"))
        try Data(jpeg.prefix(jpeg.count / 2)).write(to: folder.url("b.jpg"))
        let rows = pictureRow("a", ["a.jpg"]) + pictureRow("b", ["b.jpg"])
        let findings = try check(folder, rows, decodes: decodes).findings
        #expect(findings.map(\.kind) == [.damagedPicture] && findings.first?.line == 2)
    }

    @Test("Tokens are counted, and a prompt that the model refuses is found")
    func tokens() throws {
        let folder = TemporaryFolder()
        let rows = rowText("a", text: "four") + rowText("b", text: "five5")
        let (findings, summary) = try check(folder, rows, tokens: 100)
        #expect(findings.isEmpty && summary.tokens?.least == 104 && summary.tokens?.most == 105)
        var check = RowCheck(try RewardRouter(embedding: nil))
        check.tokens = { _ in throw DataEngineError.impossible("too long") }
        var kinds: [Finding.Kind] = []
        _ = try check.run(RowFile(folder.path("a.jsonl"))) { kinds.append($0.kind) }
        #expect(kinds == [.badPrompt, .badPrompt])
    }

    @Test(
        "The script of a text is that of most of its letters",
        arguments: [
            ("What is 1 + 1?", Script.latin), ("图中有多少只猫？", .han), ("ねこは何匹?", .kana), ("고양이", .hangul),
            ("Сколько кошек", .cyrillic), ("12 + 3", .none), ("猫 cat", .latin),
        ])
    func scripts(_ text: String, _ script: Script) { #expect(Script(of: text) == script) }
}
