// The page about one run: what it has, and that nothing of a run becomes markup or leaves the page.
import Foundation
import StrictJSON
import TestKit
import Testing

@testable import ReportPages
@testable import RunReports

/// The values for the scripts of a page.
func pageData(_ page: String) throws -> JSONObject {
    let start = try #require(page.range(of: "<script type=\"application/json\" id=\"data\">"))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    return try #require(JSONValue(parsing: String(page[start.upperBound..<end.lowerBound])).members)
}

@Suite struct ReportPageTests {
    let folder = TemporaryFolder()

    @Test("The page has the curves, the groups, the followed questions, the tables and the settings")
    func sections() throws {
        let page = try RunRecords(folder: MadeRun().write(folder)).htmlReport()
        for id in ["rewards", "training", "speed", "groups", "questions", "other", "settings"] {
            #expect(page.contains("<section id=\"\(id)\""), "\(id)")
            #expect(page.contains("<a href=\"#\(id)\">"), "\(id)")
        }
        for chart in [
            "reward-0", "reward-2", "parts", "spread", "equal", "unread", "length", "cut", "loss", "kl",
            "entropy", "clip",
            "gap", "gradient", "rate", "phases", "step-time", "speed", "memory",
        ] {
            #expect(page.contains("id=\"chart-\(chart)\""), "\(chart)")
        }
        #expect(page.contains("<dd>40 of 40, finished</dd>"))
        #expect(page.contains("<code>step_tokens</code>"))
        #expect(!page.contains("<code>grad_norm</code>"))
        #expect(page.contains("from the spread of the steps in this window"))
        #expect(!page.contains("id=\"diagnosis\""))
        let data = try pageData(page)
        #expect(data["groups"]?.elements?.count == 40)
        #expect(data["charts"]?.members?["kl"]?.elements?.count == 1)
    }

    @Test("The page is the same for the same records, and asks nothing of the network")
    func isSelfContained() throws {
        let path = try MadeRun().write(folder)
        let page = try RunRecords(folder: path).htmlReport()
        #expect(try RunRecords(folder: path).htmlReport() == page)
        #expect(page.contains("content=\"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-"))
        #expect(!page.contains("unsafe-inline"))
        #expect(!page.contains(" style=\""))
        for text in ["src=\"http", "href=\"http", "url(", "@import", "fetch(", "XMLHttpRequest", "innerHTML"]
        {
            #expect(!page.contains(text), "\(text)")
        }
    }

    @Test("The band follows from the number of answers where the metrics have it, and the page says so")
    func counted() throws {
        let run = MadeRun(isCounted: true)
        let page = try RunRecords(folder: run.write(folder)).htmlReport()
        #expect(page.contains("from the standard deviation and the number of the answers of each step"))
    }

    @Test("Hostile texts stay texts: in HTML, in the data for scripts, in names and settings")
    func hostile() throws {
        let attack = "</script><img src=x onerror=alert(1)><!--<script>\"'&\u{0}\u{2028}{{script}}"
        let run = MadeRun(answer: attack)
        let path = try run.write(folder)
        try folder.write(
            "run/diagnosis.jsonl",
            "{\"step\":3,\"task\":\"</script><b>\",\"cause\":\"<i>c\",\"text\":\"<img onerror=x>\"}\n")
        try folder.write(
            "run/config.yaml", "method: <script>alert(1)</script>\nmodel: '\"><svg onload=x>'\nsteps: 40\n")
        let page = try RunRecords(folder: path).htmlReport()
        #expect(!page.contains("<img"))
        #expect(!page.contains("<svg onload"))
        #expect(!page.contains("<b></b>"))
        #expect(!page.contains("<script>alert"))
        // Two elements for the data and the script, no more.
        #expect(page.components(separatedBy: "<script").count == 3)
        #expect(page.components(separatedBy: "</script").count == 3)
        #expect(page.components(separatedBy: "\"use strict\"").count == 3)
        let answers = try pageData(page)["groups"]?.elements?[0].members?["answers"]?.elements
        #expect(answers?[0].members?["text"] == .string(attack))
    }

    @Test("Findings of diagnosis.jsonl are listed")
    func diagnosis() throws {
        let run = MadeRun()
        let path = try run.write(folder)
        try folder.write(
            "run/diagnosis.jsonl",
            "{\"step\":7,\"task\":\"yorn\",\"cause\":\"unread\",\"text\":\"Half is cut off.\"}\n")
        let page = try RunRecords(folder: path).htmlReport()
        #expect(page.contains("<b>unread</b><span>step 7</span><span>yorn</span>"))
        #expect(page.contains("<p>Half is cut off.</p>"))
    }

    @Test("Followed questions have their greedy answers, and changed ones are marked")
    func followed() throws {
        let records = try RunRecords(folder: MadeRun().write(folder))
        let questions = records.followedQuestions("yorn", count: 12, evaluationCount: 12)
        #expect(questions.count == 12)
        #expect(questions.map(\.key).prefix(2) == ["yorn-0", "yorn-1"])
        #expect(questions.last?.key == "yorn-19")
        #expect(questions[1].answers.map(\.step) == [0, 20, 40])
        #expect(questions[0].change(1) == .none)
        #expect(questions[1].change(0) == .none)
        #expect(questions[1].change(1) == .thought)
        #expect(questions[1].change(2) == .answer)
        #expect(
            records.followedQuestions("yorn", count: 99, evaluationCount: 2)[0].answers.map(\.step) == [
                0, 40,
            ])
        #expect(try records.htmlReport().contains("chip changed"))
    }

    @Test("Without files of answers there are no intervals and no followed questions, and the page says so")
    func withoutAnswers() throws {
        let run = MadeRun()
        let path = try run.write(folder)
        try FileManager.default.removeItem(atPath: folder("run/answers"))
        let page = try RunRecords(folder: path).htmlReport()
        #expect(page.contains("Test rows have no intervals"))
        #expect(!page.contains("id=\"questions\""))
    }

    @Test("A run of 2,000 steps has a page of bounded size", .timeLimit(.minutes(3)))
    func long() throws {
        let run = MadeRun(steps: 2000, groupSize: 2, every: 1000)
        let page = try RunRecords(folder: run.write(folder)).htmlReport()
        #expect(page.utf8.count < 8 << 20)
        #expect(page.contains("each is the mean of about 3 steps"))
        #expect(page.contains("300 of 2000 recorded groups"))
        let data = try pageData(page)
        #expect(data["charts"]?.members?["kl"]?.elements?[0].members?["steps"]?.elements?.count == 600)
    }
}
