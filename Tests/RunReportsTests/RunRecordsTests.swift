// What is read from a run folder, and what is refused.
import Foundation
import TestKit
import Testing

@testable import ReportPages
@testable import RunReports

@Suite struct RunRecordsTests {
    let folder = TemporaryFolder()

    /// Adds a text to a file of a run.
    private func add(_ text: String, to name: String) throws {
        try folder.write("run/\(name)", try folder.text("run/\(name)") + text)
    }

    @Test("A run folder is read with its steps, evaluations and rows")
    func reads() throws {
        let run = MadeRun()
        let records = try RunRecords(folder: run.write(folder))
        #expect(records.completedSteps == 40)
        #expect(records.plannedSteps == 40)
        #expect(records.isFinished)
        #expect(records.tasks == ["grounding", "yorn"])
        #expect(records.evaluations.map(\.step) == [0, 20, 40])
        #expect(records.evaluations[0].rows.count == 40)
        #expect(records.evaluations[0].rows[3].sampled.count == 2)
        #expect(records.settings["grpo.groupSize"] == "4")
        #expect(records.metrics.series["kl"]?[5] == 0.002)
    }

    @Test("A folder without settings is not a run, and names what is missing")
    func notARun() throws {
        #expect(throws: RunReportError.notARun(folder: folder.path(), problem: "no config.yaml")) {
            _ = try RunRecords(folder: folder.path())
        }
    }

    @Test("A run that has just begun has no records, and a report nevertheless")
    func empty() throws {
        try folder.write("config.yaml", "method: sft\nsteps: 10\n")
        let records = try RunRecords(folder: folder.path())
        #expect(records.completedSteps == 0)
        let page = try records.htmlReport()
        #expect(page.contains("0 of 10, not finished"))
        #expect(!page.contains("<svg viewBox"))
    }

    @Test(
        "A last line that a crash cut off is passed over",
        arguments: [
            "metrics.jsonl", "timing.jsonl", "samples.jsonl", "evaluations.jsonl",
            "answers/step-000040.jsonl",
        ])
    func cutOff(name: String) throws {
        let run = MadeRun()
        let path = try run.write(folder)
        let whole = try folder.text("run/\(name)")
        try folder.write("run/\(name)", String(whole.dropLast(9)))
        let records = try RunRecords(folder: path)
        _ = try records.htmlReport()
        if name == "metrics.jsonl" { #expect(records.completedSteps == 39) }
        if name == "evaluations.jsonl" { #expect(records.evaluations.count == 2) }
    }

    @Test("Any other bad line is an error that names file, line, expected and found")
    func badLines() throws {
        let run = MadeRun()
        let path = try run.write(folder)
        let good = try folder.text("run/metrics.jsonl")
        for (text, line, expected, found) in [
            (
                "{\"step\":\n{\"step\":41}\n", 41, "a JSON object on one line",
                "column 9: expected a value, found the end"
            ),
            ("[1]\n{\"step\":41}\n", 41, "a JSON object", "a list of 1"),
            ("\n{\"step\":40}\n", 42, "a step above 40", "step 40"),
            ("{\"kl\":1}\n", 41, "a whole number under \"step\"", "nothing"),
            ("{\"kl\":\"high\",\"step\":41}\n", 41, "a number under \"kl\"", "the text \"high\""),
        ] {
            try folder.write("run/metrics.jsonl", good + text)
            let error = RunReportError.badLine(
                file: path + "/metrics.jsonl", line: line, expected: expected, found: found)
            #expect(throws: error) { _ = try RunRecords(folder: path) }
            #expect(
                error.description == "\(path)/metrics.jsonl:\(line): expected \(expected), found \(found)")
        }
    }

    @Test("Lines of samples, answers, evaluations and findings without their members are refused")
    func badMembers() throws {
        for (name, text, expected, found) in [
            ("samples.jsonl", "{\"step\":40,\"id\":\"x\"}", "a text under \"task\"", "nothing"),
            ("diagnosis.jsonl", "{\"step\":40}", "a text under \"cause\"", "nothing"),
            ("evaluations.jsonl", "{\"step\":41,\"report\":3}", "an object under \"report\"", "the number 3"),
            (
                "evaluations.jsonl", "{\"step\":41,\"report\":{\"tasks\":{},\"mean\":1}}",
                "a number under \"greedyMean\" of each score", "nothing"
            ),
        ] {
            let path = try MadeRun().write(folder)
            if !folder.has("run/\(name)") { try folder.write("run/\(name)", "") }
            try add(text + "\n", to: name)
            let error = #expect(throws: RunReportError.self) {
                _ = try RunRecords(folder: path).htmlReport()
            }
            #expect(error?.description.hasSuffix("expected \(expected), found \(found)") == true, "\(name)")
        }
    }

    @Test("Rows with the same identifier are told apart, and excluded answers do not count")
    func rows() throws {
        func line(_ kind: String, _ accuracy: Double, _ status: String = "ok", id: String = "a") -> String {
            "{\"id\":\"\(id)\",\"task\":\"t\",\"question\":\"q\",\"gold\":[],\"answer\":\"\",\"accuracy\":\(accuracy),"
                + "\"reward\":1,\"status\":\"\(status)\",\"detail\":null,\"kind\":\"\(kind)\"}\n"
        }
        let text =
            line("greedy", 1) + line("sampled", 0.5) + line("sampled", 0, "error")
            + line("greedy", 0, "badGold")
            + line("greedy", 1, id: "a#2")
        let rows = try EvaluatedRow.read(folder.write("answers.jsonl", text))
        #expect(rows.map(\.key) == ["a", "a#2", "a#2#2"])
        #expect(rows[0][.sampled] == 0.5)
        #expect(rows[0][.greedy] == 1)
        #expect(rows[1][.greedy] == nil)
        #expect(rows[1][.sampled] == nil)
    }
}
