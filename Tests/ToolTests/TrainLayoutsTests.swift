// Training directly on rows of public trainers, without an import.
import Foundation
import TestKit
import Testing

@Suite struct TrainLayoutsTests {
    /// A folder of rows with the files of some layouts, and their picture.
    private func folder(_ train: TrainFolder, _ names: [String]) throws -> String {
        let files = FileManager.default
        let folder = train.folder.url("rows")
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in names + ["a.png"] {
            try files.copyItem(at: Fixtures.url("layouts/\(name)"), to: folder.appendingPathComponent(name))
        }
        return folder.path
    }

    private func train(_ method: TrainMethod, _ names: [String], _ more: String...) throws -> ToolResult {
        let train = try TrainFolder()
        let rows = try folder(train, names)
        let settings = ["--set", "data.train=\(rows)", "--set", "data.test=", "--set", "steps=2"]
        return try run("r1-train", train.new(method, "run") + settings + more.flatMap { ["--set", $0] })
    }

    @Test("A supervised run needs neither task nor gold, and fills boxes and points")
    func supervised() throws {
        let result = try train(
            .sft,
            [
                "c01-swift-sft.jsonl", "c03-swift-grounding-placeholder.jsonl", "c04-swift-point.jsonl",
                "c06-swift-query-response.jsonl", "c07-swift-alpaca.jsonl", "c13-swift-no-marker.jsonl",
                "c27-llava.json",
                "c31-parts.jsonl", "c50-assistant-image.jsonl",
            ], "sft.batchSize=9")
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(result.errors.contains("rows without a task got one by their gold"), "\(result.errors)")
    }

    @Test("GRPO takes golds, boxes and last answers as each layout has them")
    func grpo() throws {
        let result = try train(
            .grpo,
            [
                "c02-swift-grpo.jsonl", "c03b-swift-grounding-grpo.jsonl", "c20-easyr1.jsonl",
                "c22-r1v.jsonl",
                "c26-vlmr1-rec.jsonl", "c32-trl-prompt.jsonl", "c35-verl.jsonl",
                "c57-last-assistant-grpo.jsonl",
            ])
        #expect(result.exitCode == 0, "\(result.testDescription)")
        #expect(result.errors.contains("5 chart") || result.errors.contains("6 chart"), "\(result.errors)")
    }

    @Test("A map and a task read rows of no layout")
    func map() throws {
        let train = try TrainFolder()
        try train.folder.write("odd.jsonl", #"{"words": "Which?", "right": "B"}"# + "\n")
        let odd = train.folder.path("odd.jsonl")
        let settings = ["--set", "data.train=\(odd)", "--set", "data.test=", "--set", "steps=1"]
        let refused = try run("r1-train", train.new(.grpo, "refused") + settings)
        expectTrouble(refused, from: "r1-train", naming: ["odd.jsonl:1", "the keys right, words"])
        let mapped = ["--set", "data.map=question=words solution=right", "--set", "data.task=mcq"]
        let result = try run("r1-train", train.new(.grpo, "run") + settings + mapped)
        #expect(result.exitCode == 0, "\(result.testDescription)")
    }
}
