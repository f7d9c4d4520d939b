// Runs: answers do not depend on batches, and a run that was stopped continues to the same bytes.
import Benchmarks
import Foundation
import TestKit
import Testing

@testable import BenchmarkRuns

@Suite("Runs over benchmarks")
struct RunTests {
    private func answers(_ folder: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(AnswerFile.name)"))
    }

    @Test("Batches of any size give the same answers", arguments: [1, 7, 64])
    func batches(_ size: Int) throws {
        let folder = TemporaryFolder()
        let (first, second) = (
            try writeChoices(20, to: folder), try writeChoices(5, to: folder, name: "MMStar_other.tsv")
        )
        let (whole, other) = (folder.url("whole").path, folder.url("other").path)
        try plannedRun([first, second], in: whole).run(EchoModel(), existing: .refused, batchSize: 1000)
        let model = EchoModel()
        try plannedRun([first, second], in: other).run(model, existing: .refused, batchSize: size)
        #expect(try answers(whole) == answers(other))
        #expect(model.batches.reduce(0, +) == 25)
        #expect(model.batches.allSatisfy { $0 <= size })
    }

    @Test("A run that was cut at any byte continues to the same bytes", arguments: [1, 3])
    func resuming(_ samples: Int) throws {
        let folder = TemporaryFolder()
        let set = try writeChoices(9, to: folder)
        let path = folder.url("run").path
        func run(_ existing: ExistingRun) throws {
            try plannedRun([set], in: path) { ($0.samples, $0.temperature) = (samples, samples > 1 ? 1 : 0) }
                .run(EchoModel(), existing: existing, batchSize: 2)
        }
        try run(.refused)
        let whole = try answers(path)
        for cut in [0, 1, whole.count / 3, whole.count / 2, whole.count - 1, whole.count] {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: "\(path)/\(AnswerFile.name)"))
            try run(.resumed)
            #expect(try answers(path) == whole, "cut at \(cut)")
        }
    }

    @Test("What was answered before a failure stays")
    func failing() throws {
        let folder = TemporaryFolder()
        let (set, path) = (try writeChoices(9, to: folder), folder.url("run").path)
        let model = EchoModel()
        model.limit = 2
        #expect(throws: EchoModel.Stopped.self) {
            try plannedRun([set], in: path).run(model, existing: .refused, batchSize: 3)
        }
        #expect(try AnswerFile.read(in: path).count == 6)
        #expect(throws: BenchmarkRunError.self) { _ = try RunScores(path) }
        let rest = EchoModel()
        try plannedRun([set], in: path).run(rest, existing: .resumed, batchSize: 3)
        #expect(rest.batches == [3])
    }

    @Test("A run is not continued with other settings, and says which")
    func otherSettings() throws {
        let folder = TemporaryFolder()
        let (set, path) = (try writeChoices(3, to: folder), folder.url("run").path)
        try plannedRun([set], in: path).run(EchoModel(), existing: .refused, batchSize: 3)
        let error = #expect(throws: BenchmarkRunError.self) {
            try plannedRun([set], in: path, style: .named("l") ?? .r1) { $0.maxNewTokens = 7 }
                .run(EchoModel(), existing: .resumed, batchSize: 3)
        }
        #expect("\(error as Any)".contains("style: "))
        #expect("\(error as Any)".contains("sets[0].answers.maxNewTokens: 2048, now 7"))
        #expect(throws: BenchmarkRunError.self) {
            try plannedRun([set], in: path).run(EchoModel(), existing: .refused, batchSize: 3)
        }
    }

    @Test("Two sets with one name are refused")
    func names() throws {
        let (folder, other) = (TemporaryFolder(), TemporaryFolder())
        let sets = [try writeChoices(3, to: folder), try writeChoices(3, to: other)]
        let error = #expect(throws: BenchmarkRunError.self) {
            try plannedRun(sets, in: folder.url("run").path).run(
                EchoModel(), existing: .refused, batchSize: 3)
        }
        #expect("\(error as Any)".contains("own name"))
    }

    @Test("A sample of a set is the same whatever the order of its rows")
    func sample() throws {
        let folder = TemporaryFolder()
        let path = try writeChoices(30, to: folder)
        var request = SetRequest(path)
        (request.limit, request.isSampled) = (7, true)
        let ids = try PlannedSet(request) { _ in AnswerSettings() }.rows.map(\.id)
        var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
        // The first row holds the picture, so it stays first.
        lines = Array(lines[..<2]) + lines[2...].reversed()
        _ = try folder.write("MMStar.tsv", lines.joined(separator: "\n") + "\n")
        let reversed = try PlannedSet(request) { _ in AnswerSettings() }.rows.map(\.id)
        #expect(ids.count == 7)
        #expect(Set(ids) == Set(reversed))
    }

    @Test("A limit counts questions, each with all its rotations", arguments: [true, false])
    func limit(_ isSampled: Bool) throws {
        var request = SetRequest(Fixtures.url("benchmark-rows/mmbench/MMBench_DEV_EN_V11.tsv").path)
        let all = try PlannedSet(request) { _ in AnswerSettings() }.rows
        (request.limit, request.isSampled) = (1, isSampled)
        let one = try PlannedSet(request) { _ in AnswerSettings() }.rows
        #expect(one.map(\.rotation) == Array(0..<one.count))
        #expect(one.count > 1 && one.count < all.count)
    }
}
