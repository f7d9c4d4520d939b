// Comparisons of runs: pairs of rows, intervals, settings, the text and the page.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import ReportPages
@testable import RunReports

@Suite struct ComparisonTests {
    let folder = TemporaryFolder()

    private func records(_ run: MadeRun) throws -> RunRecords {
        try RunRecords(folder: run.write(folder, UUID().uuidString))
    }

    @Test("Each run has its scores, its change, and its paired difference to the first run")
    func scores() throws {
        let runs = [try records(MadeRun(gain: 0.05)), try records(MadeRun(gain: 0.6, temperature: "1.2"))]
        let compared = zip(["base", "hot"], runs).map { ComparedRun(name: $0, records: $1) }
        let table = ScoreTable(.sampled, compared)
        #expect(table.tasks.map(\.name) == ["grounding", "yorn", "mean"])
        let mean = table.tasks[2].rows
        #expect(mean[0].difference == nil)
        let difference = try #require(mean[1].difference)
        #expect(difference.rowCount == 40)
        #expect(abs(difference.estimate.value - ((mean[1].after ?? 0) - (mean[0].after ?? 0))) < 1e-4)
        #expect(difference.isClear)
        #expect(difference.text.hasSuffix("*"))
        let text = comparison(of: runs, names: ["base", "hot"]).text
        #expect(text.contains("hot: the same 40 test rows as base"))
        #expect(text.contains("grpo.temperature  1.0   1.2"))
        #expect(!text.contains("grpo.groupSize"))
        #expect(text.contains("evaluated after steps 0 (before) and 40 (after)"))
        #expect(text == comparison(of: runs, names: ["base", "hot"]).text)
    }

    @Test("A run compared with itself has no difference, and its interval is at zero")
    func same() throws {
        let run = try records(MadeRun())
        let text = comparison(of: [run, run], names: ["a", "b"]).text
        #expect(text.contains("0.000 (0.000 to 0.000)"))
        #expect(text.contains("All settings are the same."))
    }

    @Test("Rows that only one run has, and rows whose content differs, are counted and not compared")
    func differentRows() throws {
        let (a, b) = (try MadeRun().write(folder, "a"), try MadeRun().write(folder, "b"))
        let name = "answers/step-000040.jsonl"
        var lines = try folder.text("b/\(name)").split(separator: "\n").map(String.init)
        lines.removeFirst(6)
        for index in 0..<3 { lines[index] = lines[index].replacingOccurrences(of: "Question", with: "Asked") }
        lines += lines.suffix(3).map { $0.replacingOccurrences(of: "grounding-19", with: "grounding-new") }
        try folder.write("b/\(name)", lines.joined(separator: "\n") + "\n")
        let text = comparison(of: [try RunRecords(folder: a), try RunRecords(folder: b)], names: ["a", "b"])
            .text
        #expect(
            text.contains(
                "b: 37 test rows shared with a, 2 only in a, 1 only in b, 1 with an equal id but another question or gold"
            ))
    }

    @Test("A run without evaluations or answers is compared as far as it goes")
    func missing() throws {
        let (a, b) = (try MadeRun().write(folder, "a"), try MadeRun().write(folder, "b"))
        try folder.write("b/evaluations.jsonl", "")
        let result = comparison(
            of: [try RunRecords(folder: a), try RunRecords(folder: b)], names: ["a", "b"])
        #expect(result.text.contains("b: not compared row by row: no answers of the last evaluation of b"))
        #expect(result.text.contains("finished, no evaluation"))
        #expect(result.html.contains("id=\"chart-kl-0\""))
    }

    @Test("The page has the curves of all runs, the tables, and nothing of a name becomes markup")
    func page() throws {
        let runs = [try records(MadeRun()), try records(MadeRun(gain: 0.5))]
        let page = comparison(of: runs, names: ["<b>base</b>", "two"]).html
        #expect(!page.contains("<b>base"))
        #expect(page.contains("&lt;b&gt;base"))
        for id in ["training-0", "sampled-1", "greedy-2", "parts-0", "kl-0", "phases", "speed-0", "memory-0"]
        {
            #expect(page.contains("id=\"chart-\(id)\"") == (id != "phases"), "\(id)")
        }
        let charts = try pageData(page)["charts"]?.members
        #expect(charts?["kl-0"]?.elements?.count == 2)
        #expect(page.components(separatedBy: "<script").count == 3)
    }

    @Test("Names come from the folders, whole ones when their last parts are equal")
    func names() {
        #expect(distinctNames(["runs/a", "runs/b"]) == ["a", "b"])
        #expect(distinctNames(["x/a", "y/a/"]) == ["x/a", "y/a/"])
    }
}
