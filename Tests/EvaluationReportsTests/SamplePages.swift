// Pages for the browser: `make evaluation-page-test` writes them with this and drives them in Chromium.
import Foundation
import TestKit
import Testing

@testable import EvaluationReports

/// The folder for the pages; nil in ordinary runs of the tests.
private let pageFolder = ProcessInfo.processInfo.environment["R1_WRITE_PAGES"]

@Suite struct SamplePages {
    @Test(
        "The report of two runs and the comparison of three are written as pages",
        .enabled(if: pageFolder != nil))
    func write() throws {
        let folder = try #require(pageFolder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ page: String) throws {
            try page.write(toFile: "\(folder)/\(name).html", atomically: true, encoding: .utf8)
        }
        let runs = SampleRuns().runs(["base", "sft", "grpo"])
        try write("evaluation-report", EvaluationReport([runs[0], runs[2]]).html())
        try write("evaluation-single", EvaluationReport([runs[0]]).html())
        try write("evaluation-compare", EvaluationComparison([runs[0], runs[2]]).html())
        try write("evaluation-compare-three", EvaluationComparison(runs).html())
    }
}
