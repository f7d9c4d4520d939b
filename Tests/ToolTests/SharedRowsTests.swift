// generate, run and rate on several processes of mpirun: the bytes of one process, ends that all processes agree on.
import Foundation
import TestKit
import Testing

@Suite("Rows shared by processes", .serialized, .timeLimit(.minutes(5)))
struct SharedRowsTests {
    private let folder = TemporaryFolder()

    /// Rows of the conversations with these names, in turn.
    private func rows(
        _ numbers: Range<Int>, _ names: [String] = ["text_only", "one_image", "tall_image"]
    ) throws -> String {
        let cases = InferCase.tiny.filter { names.contains($0.name) }
        return try numbers.map { number in
            try cases[number % names.count].row().replacingOccurrences(
                of: "\"id\":\"", with: "\"id\":\"\(number)-")
        }.joined()
    }

    private func generate(_ input: String, _ output: String, _ more: [String] = []) -> [String] {
        ["generate", tinyModel, "--input", input, "--output", folder.path(output), "--batch-size", "2"] + more
    }

    /// The processes that still run, after some seconds for those that were killed to go away.
    private func running(_ processes: [Int32]) -> [Int32] {
        func isRunning(_ process: Int32) -> Bool {
            // Where nothing collects them, processes that have ended stay as zombies.
            guard let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
                return false
            }
            return state.contains("(r1-infer)") && !state.contains(") Z ")
        }
        let end = Date(timeIntervalSinceNow: 30)
        while processes.contains(where: isRunning), Date() < end { usleep(20_000) }
        return processes.filter(isRunning)
    }

    @Test("generate writes the bytes of one process, also when it resumes with another number of processes")
    func generated() throws {
        let input = try folder.write("rows.jsonl", rows(0..<9))
        let more = ["--samples", "2", "--max-tokens", "6"]
        try #require(try run("r1-infer", generate(input, "one.jsonl", more)).exitCode == 0)
        let whole = try Data(contentsOf: folder.url("one.jsonl"))
        #expect(whole.filter { $0 == 0x0A }.count == 18)
        let result = try run("r1-infer", generate(input, "2.jsonl", more), processes: 2)
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try Data(contentsOf: folder.url("2.jsonl")) == whole)
        let summaries = result.errors.split(separator: "\n").filter { $0.contains("9 rows") }
        #expect(summaries.count == 1, "\(result.errors)")
        // Two batches, and a line of the third that was cut off.
        let ends = whole.indices.filter { whole[$0] == 0x0A }
        try whole.prefix(ends[7] + 30).write(to: folder.url("2.jsonl"))
        let resumed = try run("r1-infer", generate(input, "2.jsonl", more + ["--resume"]), processes: 4)
        #expect(resumed.exitCode == 0 && resumed.errors.contains("4 were done before"), "\(resumed.errors)")
        #expect(try Data(contentsOf: folder.url("2.jsonl")) == whole)
    }

    @Test("r1-eval run and r1-data rate write the bytes of one process")
    func others() throws {
        let sets = ["mmstar/MMStar.tsv", "chartqa/data"].map { Fixtures.url("benchmark-rows/\($0)").path }
        let rated = try RatingFolder()
        func answer(_ name: String, _ processes: Int?, _ more: [String] = []) throws -> ToolResult {
            try run(
                "r1-eval",
                ["run", tinyModel] + sets + ["--run", folder.path(name), "--max-tokens", "4"]
                    + ["--batch-size", "2"] + more, processes: processes)
        }
        for count in [nil, 2] {
            let name = "\(count ?? 1)"
            let answered = try answer(name, count)
            #expect(answered.exitCode == 0, "\(answered.errors)")
            let rating = try run("r1-data", rated.rate("\(name).jsonl"), processes: count)
            #expect(rating.exitCode == 0, "\(rating.errors)")
        }
        for file in ["answers.jsonl", "manifest.json"] {
            #expect(try folder.text("2/\(file)") == folder.text("1/\(file)"), "\(file)")
        }
        #expect(try rated.folder.text("2.jsonl") == rated.folder.text("1.jsonl"))
        // Both continue with another number of processes.
        for (path, text) in [
            (folder.url("2/answers.jsonl"), try folder.text("1/answers.jsonl")),
            (rated.folder.url("2.jsonl"), try rated.folder.text("1.jsonl")),
        ] { try Data(text.utf8.prefix(text.utf8.count / 2)).write(to: path) }
        let resumed = try answer("2", 4, ["--resume"])
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(try folder.text("2/answers.jsonl") == folder.text("1/answers.jsonl"))
        let continued = try run("r1-data", rated.rate("2.jsonl"), processes: 4)
        #expect(
            continued.exitCode == 0 && continued.errors.contains("continuing after"), "\(continued.errors)")
        #expect(try rated.folder.text("2.jsonl") == rated.folder.text("1.jsonl"))
    }

    @Test("An error in the share of one process is printed once, with its number, and ends all")
    func failure() throws {
        _ = try folder.write("bad.png", "no image")
        let bad = #"{"messages":[{"role":"user","content":"<image>?"}],"images":["bad.png"]}"# + "\n"
        let input = try folder.write("rows.jsonl", rows(0..<3) + bad + rows(3..<5))
        let tool = try RunningTool("r1-infer", generate(input, "out.jsonl"), processes: 2)
        var processes: [Int32] = []
        try tool.wait(step: 500) {
            processes = tool.children
            return processes.count == 2 || !tool.isRunning
        }
        let result = try tool.finish()
        #expect(result.exitCode == 1)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.count == 1, "\(result.errors)")
        #expect(result.errors.hasPrefix("r1-infer: error: process 1 of 2 on "), "\(result.errors)")
        #expect(result.errors.contains("phase answers: ") && result.errors.contains("bad.png"))
        #expect(processes.count == 2 && running(processes).isEmpty)
    }

    @Test(
        "A signal to one process, or through mpirun, stops all after the same round",
        arguments: [SIGTERM, SIGUSR2])
    func stopped(_ number: Int32) throws {
        let rows = try rows(0..<400, ["text_only"])
        let input = try folder.write("rows.jsonl", rows)
        let more = ["--max-tokens", "64"]
        let tool = try RunningTool("r1-infer", generate(input, "cut.jsonl", more), processes: 2)
        var processes: [Int32] = []
        try tool.wait(step: 500) {
            processes = tool.children
            return !tool.isRunning || ((try? folder.text("cut.jsonl")) ?? "").count > 10
        }
        try #require(processes.count == 2 && tool.isRunning, "the run ended before the signal")
        if number == SIGTERM { kill(processes[1], SIGTERM) } else { tool.signal(SIGUSR2) }
        let result = try tool.finish()
        #expect(result.exitCode == 128 + number)
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.errors.contains("stopped; the rows so far stay"), "\(result.errors)")
        #expect(running(processes).isEmpty)
        // Whole rounds, with the bytes of one process.
        let cut = try folder.text("cut.jsonl")
        let count = cut.split(separator: "\n").count
        #expect(count > 0 && count < 400 && count % 4 == 0)
        try folder.write("rows.jsonl", rows.split(separator: "\n").prefix(count).joined(separator: "\n"))
        try #require(try run("r1-infer", generate(input, "one.jsonl", more)).exitCode == 0)
        #expect(try folder.text("one.jsonl") == cut)
    }
}
