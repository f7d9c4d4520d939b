// The pages: what they have, their limits, and that nothing of a run becomes markup.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import EvaluationReports

@Suite struct EvaluationPageTests {
    private func data(_ page: String) throws -> JSONObject {
        let start = try #require(page.range(of: "<script type=\"application/json\" id=\"data\">"))
        let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
        return try #require(JSONValue(parsing: String(page[start.upperBound..<end.lowerBound])).members)
    }

    private func count(_ part: String, _ page: String) -> Int { page.components(separatedBy: part).count - 1 }

    private static let few = SampleRuns(count: 60, benchmarks: ["mmbench", "refcoco"]).runs()
    /// The pages that several tests look at, written once.
    private static let reportPage = Result { try EvaluationReport(few).html() }
    private static let comparisonPage = Result { try EvaluationComparison(few).html() }

    @Test("The report has tables, plots, letters, unread answers and examples with pictures")
    func report() throws {
        let page = try Self.reportPage.get()
        for id in ["scores", "rules", "groups", "answers", "letters", "examples"] {
            #expect(page.contains("<section id=\"\(id)\""), "\(id)")
            #expect(page.contains("<a href=\"#\(id)\">"), "\(id)")
        }
        #expect(page.contains("id=\"group-0-0\""))
        #expect(page.contains("Always answering"))
        #expect(!page.contains(">nan") && !page.contains("\"nan"))
        let data = try data(page)
        let examples = try #require(data["examples"]?.elements)
        #expect(examples.count > 20)
        let kinds = Set(examples.compactMap { $0.members?["kind"]?.text })
        #expect(kinds.isSuperset(of: ["right", "wrong", "cut off"]))
        #expect(examples.allSatisfy { $0.members?["answers"]?.elements?.count == 2 })
        #expect((8...12).contains(data["pictures"]?.elements?.count ?? 0))
        #expect(data["pictures"]?.elements?.allSatisfy { $0.members?["source"] != nil } == true)
    }

    @Test("The comparison has fixed, broken and doubly wrong questions with both answers")
    func comparison() throws {
        let page = try Self.comparisonPage.get()
        for id in ["differences", "rules", "groups", "examples", "method"] {
            #expect(page.contains("<section id=\"\(id)\""), "\(id)")
        }
        let examples = try #require(try data(page)["examples"]?.elements).compactMap(\.members)
        for (kind, rights) in [
            ("fixed", [false, true]), ("broken", [true, false]), ("both wrong", [false, false]),
        ] {
            let found = examples.filter { $0["kind"]?.text == kind && $0["set"]?.text == "RefCOCO val" }
            #expect(!found.isEmpty)
            for example in found {
                #expect(
                    example["answers"]?.elements?.map { $0.members?["isRight"] } == rights.map { .bool($0) })
            }
        }
    }

    @Test("A circular question is shown with the rotation that differs")
    func rotation() throws {
        func answers(_ last: Bool) -> [ScoredAnswer] {
            (0..<3).map {
                Made.answer("\($0)", $0 < 2 || last, benchmark: "mmbench", unit: "0", rotation: $0)
            }
        }
        let page = try EvaluationComparison([Made.run("a", answers(false)), Made.run("b", answers(true))])
            .html()
        let example = try #require(try data(page)["examples"]?.elements?.first?.members)
        #expect(example["id"]?.text == "2")
        #expect(example["kind"]?.text == "fixed")
    }

    @Test("Pages are the same for the same runs, and ask nothing of the network")
    func isSelfContained() throws {
        for page in [try Self.reportPage.get(), try Self.comparisonPage.get()] {
            #expect(
                page.contains("content=\"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"))
            #expect(!page.contains("unsafe-inline"))
            for text in [
                " style=\"", "src=\"http", "href=\"http", "url(", "@import", "fetch(", "XMLHttpRequest",
                "innerHTML",
            ] { #expect(!page.contains(text), "\(text)") }
            #expect(count("<script", page) == 2)
        }
        #expect(try EvaluationReport(Self.few).html() == Self.reportPage.get())
    }

    @Test("Hostile texts of runs, rows and answers stay texts")
    func hostile() throws {
        let attack = "</script><img src=x onerror=alert(1)><!--<script>\"'&\u{0}\u{2028}{{script}}"
        func run(_ name: String, _ isCorrect: Bool) -> EvaluatedRun {
            var answer = Made.answer(
                attack, isCorrect, set: attack, benchmark: attack, rule: attack, status: attack,
                [attack: [attack]])
            (answer.letter, answer.goldLetter, answer.extracted) = (attack, attack, attack)
            return EvaluatedRun(name: name, facts: [(attack, attack)], answers: [answer]) { _ in
                AnswerExample(prompt: attack, answer: attack, gold: attack, pictures: [attack])
            }
        }
        let runs = [run(attack, false), run(attack + "2", true)]
        for page in [try EvaluationReport(runs).html(), try EvaluationComparison(runs).html()] {
            #expect(!page.contains("<img"))
            #expect(!page.contains("<script>alert"))
            #expect(count("<script", page) == 2)
            #expect(count("</script", page) == 2)
            let example = try #require(try data(page)["examples"]?.elements?.first?.members)
            #expect(example["prompt"] == .string(attack))
            #expect(example["answers"]?.elements?.first?.members?["read"] == .string(attack))
        }
    }

    @Test("Texts and pictures beyond the limits are left out and counted")
    func limits() throws {
        let folder = TemporaryFolder()
        for index in 0..<6 {
            let bytes =
                [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array(repeating: UInt8(index), count: 992)
            try Data(bytes).write(to: folder.url("\(index).png"))
        }
        var run = Made.run("a", Made.answers(0, of: 6))
        run.example = {
            AnswerExample(
                prompt: String(repeating: "p", count: 900),
                answer: "start" + String(repeating: "x", count: 990) + "end",
                gold: "g", pictures: ["\($0.id).png"])
        }
        var limits = EvaluationPageLimits()
        (limits.pictureFolder, limits.pictureBytes, limits.examplesOfKind) = (folder.path(), 2500, 5)
        limits.textCharacters = 400
        let page = try EvaluationReport([run]).html(limits)
        #expect(page.contains("5 of 6 questions are shown: at most 5, evenly spaced"))
        #expect(page.contains("Pictures left out: 3. The page holds at most 2.4 KiB of pictures."))
        let example = try #require(try data(page)["examples"]?.elements?.first?.members)
        let text = try #require(example["answers"]?.elements?[0].members?["text"]?.text)
        #expect(text.hasPrefix("start") && text.hasSuffix("end"))
        #expect(text.contains("[... 598 characters left out ...]"))
        limits.textBytes = 2500
        let small = try EvaluationReport([run]).html(limits)
        #expect(small.contains("2 of 6 questions are shown"))
        #expect(small.contains("3 more did not fit: the page holds at most 2.4 KiB of texts."))
        limits.examplesOfKind = 0
        let none = try EvaluationReport([run]).html(limits)
        #expect(none.contains("0 of 6 questions are shown"))
    }

    @Test("Many groups are limited, and the page says how many are not shown")
    func manyGroups() throws {
        let answers = (0..<900).map { Made.answer("\($0)", $0 % 3 == 0, ["source": ["s\($0)"]]) }
        var limits = EvaluationPageLimits()
        limits.groups = 20
        let page = try EvaluationReport([Made.run("a", answers)]).html(limits)
        #expect(page.contains("880 more groups are not shown."))
        #expect(page.contains("701 more lines are not shown."))
        #expect(page.utf8.count < 1 << 20)
    }

    @Test("An example that cannot be made is the error of the page")
    func badExample() throws {
        struct Missing: Error {}
        var run = Made.run("a", Made.answers(1, of: 2))
        run.example = { _ in throw Missing() }
        let report = try EvaluationReport([run])
        #expect(throws: Missing.self) { try report.html() }
    }
}
