// The report as Markdown, LaTeX and JSON.
import StrictJSON
import Testing

@testable import EvaluationReports

@Suite struct ReportTextTests {
    @Test("The main table has a column for each set and the mean, best runs in bold, missing sets as a dash")
    func table() throws {
        let report = try EvaluationReport([
            Made.run(
                "one", Made.answers(30, of: 50) + Made.answers(5, of: 10, set: "AI2D_TEST", benchmark: "ai2d")
            ),
            Made.run(
                "two",
                Made.answers(20, of: 50) + Made.answers(8, of: 10, set: "AI2D_TEST", benchmark: "ai2d")
                    + Made.answers(1, of: 4, set: "ChartQA", benchmark: "chartqa")),
        ])
        #expect(report.sets == ["MMStar", "AI2D_TEST", "ChartQA"])
        let text = report.markdown
        #expect(text.contains("| run | MMStar | AI2D\\_TEST | ChartQA | mean |"))
        #expect(text.contains("| one | **60.0** (46.2 to 72.4) | 50.0 (23.7 to 76.3) | - | 55.0"))
        #expect(text.contains("| two | 40.0"))
        #expect(text.contains("mean: the plain mean of MMStar, AI2D\\_TEST"))
        let latex = report.latex
        #expect(latex.contains("Model & MMStar & AI2D\\_TEST & ChartQA & mean \\\\"))
        #expect(latex.contains("one & \\textbf{60.0} {\\scriptsize [46.2, 72.4]}"))
        #expect(latex.contains("\\begin{tabular}{lrrrr}"))
    }

    @Test("Rule sets stand side by side, unread answers and letters have their tables, groups their numbers")
    func sections() throws {
        let text = try EvaluationReport(SampleRuns().runs()).markdown
        for part in [
            "## Rules side by side", "MMStar by vlmevalkit.mcq", "## Unread and cut-off answers",
            "## Letters",
            "### MathVista testmini", "skill: numeric commonsense | 0 | - | -", "single pass", "mean IoU",
            "half: human", "RefCOCO val (Acc@0.5)",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("nan"))
        let one = try EvaluationReport([Made.run("one", Made.answers(1, of: 2))]).markdown
        #expect(!one.contains("side by side"))
    }

    @Test("The JSON has every number with all its digits, and null where there is none")
    func json() throws {
        let report = try EvaluationReport(SampleRuns().runs())
        let json = try #require(JSONValue(parsing: report.json).members)
        let sets = try #require(json["runs"]?.elements?[1].members?["sets"]?.elements)
        #expect(sets.count == 14)
        let first = try #require(sets.first?.members)
        #expect(first["headline"]?.members?["value"]?.double == report.scores[1][0].headline.value)
        #expect(first["answers"]?.members?["total"] == .integer(120))
        #expect(first["scores"]?.elements?.contains { $0.members?["value"]?.isNull ?? false } == true)
        #expect(report.json == (try EvaluationReport(SampleRuns().runs()).json))
    }

    @Test("Names never become markup or commands")
    func hostile() throws {
        let name = "a|b`<img src=x>\\input{x}_%$#&~^\n# x"
        var run = Made.run(name, Made.answers(1, of: 2, set: "s|t\n% x", benchmark: "other"))
        run.facts = [(name: "k*", value: "](x)")]
        let report = try EvaluationReport([run])
        let text = report.markdown
        #expect(!text.contains("<img"))
        #expect(!text.contains("\n# x"))
        #expect(text.contains("a\\|b\\`&lt;img src=x&gt;"))
        #expect(text.contains("k\\*: \\](x)"))
        let latex = report.latex
        #expect(!latex.contains("\\input"))
        #expect(
            latex.contains(
                "\\textbackslash{}input\\{x\\}\\_\\%\\$\\#\\&\\textasciitilde{}\\textasciicircum{}"))
        #expect(latex.split(separator: "\n").allSatisfy { !$0.hasPrefix("# x") })
    }

    @Test("A report without runs, with equal names or an unknown rule is refused")
    func refused() {
        let run = Made.run("a", Made.answers(1, of: 2))
        #expect(throws: EvaluationReportError.tooFewRuns(expected: 1, found: 0)) { try EvaluationReport([]) }
        #expect(throws: EvaluationReportError.repeatedName("a")) { try EvaluationReport([run, run]) }
        #expect(throws: EvaluationReportError.unknownRule("x", known: ["r1"])) {
            try EvaluationReport([run], rule: "x")
        }
    }
}
