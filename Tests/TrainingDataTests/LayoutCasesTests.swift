// Rows in the layouts of public trainers, as those trainers' own examples have them: each reads for supervised
// training, for GRPO and for generating, or is refused with words that say what to do.
import Foundation
import StrictJSON
import TestKit
import Testing
import Tokenizer

@testable import TrainingData

/// What a file of Fixtures/layouts must give.
private struct LayoutCase: CustomTestStringConvertible, Sendable {
    let name: String
    /// The layout that reads its first row.
    var layout = "messages"
    /// The task and the golds of the first row for GRPO; nil when GRPO must refuse it.
    var task: Sample.Task?
    var golds: [String] = []
    /// The turns of the first row, as "role: text".
    var turns: [String] = []
    var images: [String] = []
    /// Words of the refusal for GRPO.
    var grpoRefusal: [String] = []
    /// Words of the refusal for every use.
    var refusal: [String] = []
    /// Whether supervised training can learn from it.
    var learns = true

    var testDescription: String { name }

    static let all: [LayoutCase] = [
        .init(
            name: "c01-swift-sft.jsonl", layout: "record", task: .open, golds: ["A pattern."],
            turns: ["system: Be brief.", "user: <image>What is shown?", "assistant: A pattern."],
            images: ["a.png"]),
        .init(
            name: "c02-swift-grpo.jsonl", layout: "record", task: .chart, golds: ["3"],
            turns: ["user: <image>How many squares?"], images: ["a.png"]),
        .init(
            name: "c03-swift-grounding-placeholder.jsonl", layout: "record", task: .grounding,
            golds: ["[[10.9, 10.8, 35, 52.8], [60.9, 20.8, 95, 72.8]]"],
            turns: [
                "system: Be brief.", "user: <image>Where is the <ref-object>?", "assistant: <bbox><bbox>",
            ],
            images: ["a.png"]),
        .init(
            name: "c03b-swift-grounding-grpo.jsonl", layout: "record", task: .grounding,
            golds: ["see objects"],
            turns: ["user: <image>Where is the <ref-object>?"], images: ["a.png"]),
        .init(
            name: "c04-swift-point.jsonl", layout: "record",
            turns: ["user: <image>Open the mail program", "assistant: Action: click(start_box='<bbox>')"],
            images: ["a.png"], grpoRefusal: ["\"solution\"", "<bbox>"]),
        .init(
            name: "c06-swift-query-response.jsonl", layout: "query", task: .mcq, golds: ["A"],
            turns: ["system: s", "user: q1", "assistant: r1", "user: <image>What?", "assistant: A"],
            images: ["a.png"]),
        .init(
            name: "c07-swift-alpaca.jsonl", layout: "alpaca", task: .mcq, golds: ["A"],
            turns: ["user: What?", "assistant: A"]),
        .init(
            name: "c09-swift-sharegpt-conversations.jsonl", layout: "conversations", task: .mcq, golds: ["A"],
            turns: ["user: <image>What?", "assistant: A"], images: ["a.png"]),
        .init(
            name: "c11-swift-image-dict.jsonl", task: .chart, golds: ["3"], turns: ["user: <image>What?"],
            images: ["a.png"]),
        .init(
            name: "c13-swift-no-marker.jsonl", task: .open, golds: ["A pattern."],
            turns: ["user: <image>What is shown?", "assistant: A pattern."], images: ["a.png"]),
        .init(name: "c14-swift-system-role-later.jsonl", refusal: ["messages[1].role", "move it there"]),
        .init(
            name: "c20-easyr1.jsonl", layout: "problem", task: .chart, golds: ["3"],
            turns: ["user: <image>Find x."],
            images: ["a.png"]),
        .init(
            name: "c22-r1v.jsonl", layout: "problem", task: .chart, golds: ["3"],
            turns: ["user: <image>Count the things."], images: ["a.png"]),
        .init(
            name: "c23-r1v-mapped.jsonl", layout: "record", task: .chart, golds: ["3"],
            turns: ["user: <image>Count the things."], images: ["a.png"]),
        .init(
            name: "c24-vlmr1.jsonl", layout: "conversations", task: .chart, golds: ["0"],
            turns: ["user: <image>How many round things do you count?", "assistant: 0"], images: ["a.png"]),
        .init(
            name: "c26-vlmr1-rec.jsonl", layout: "conversations", task: .grounding,
            golds: ["[10.2, 11.3, 60.1, 70.4]"], turns: ["user: <image>Give the box of: the lamp."],
            images: ["a.png"]),
        .init(
            name: "c27-llava.json", layout: "conversations", task: .open, golds: ["Blue."],
            turns: ["user: <image>\nWhich hues?", "assistant: Red.", "user: And?", "assistant: Blue."],
            images: ["a.png"]),
        .init(
            name: "c28-llava-trailing.jsonl", layout: "conversations", task: .open, golds: ["Red."],
            turns: ["user: Which hues?\n<image>", "assistant: Red."], images: ["a.png"]),
        .init(
            name: "c30-llamafactory-jsonl.jsonl", layout: "record", task: .open, golds: ["Dancing."],
            turns: [
                "user: <image>Who is it?", "assistant: Two people.", "user: And now?", "assistant: Dancing.",
            ],
            images: ["a.png"]),
        .init(
            name: "c31-parts.jsonl", task: .mcq, golds: ["A"], turns: ["user: <image>What?", "assistant: A"],
            images: ["a.png"]),
        .init(
            name: "c32-trl-prompt.jsonl", layout: "prompt", task: .chart, golds: ["3"],
            turns: ["user: <image>What?"],
            images: ["a.png"]),
        .init(
            name: "c33-qwen-image-in-content.jsonl", task: .chart, golds: ["3"],
            turns: ["user: <image>What?"],
            images: ["a.png"]),
        .init(
            name: "c35-verl.jsonl", layout: "prompt", task: .chart, golds: ["3"],
            turns: ["user: <image>Find x"],
            images: ["a.png"]),
        .init(
            name: "c36-bom-crlf.jsonl", layout: "record", task: .chart, golds: ["3"],
            turns: ["user: <image>hi"],
            images: ["a.png"]),
        .init(name: "c37-nan.jsonl", refusal: ["c37-nan.jsonl:1", "NaN", "write null"]),
        .init(
            name: "c38-image-none.jsonl", layout: "record", task: .chart, golds: ["3"], turns: ["user: hi"]),
        .init(name: "c39-empty-image.jsonl", task: .chart, golds: ["3"], turns: ["user: hi"]),
        .init(
            name: "c40-http.jsonl", refusal: ["\"images[0]\"", "download it", "https://example.com/a.png"]),
        .init(
            name: "c42-file-url.jsonl", task: .chart, golds: ["3"], turns: ["user: <image>hi"],
            images: ["/data/a.png"]),
        .init(
            name: "c43-image-key.jsonl", task: .chart, golds: ["3"], turns: ["user: <image>hi"],
            images: ["a.png"]),
        .init(
            name: "c44-dup-id.jsonl", refusal: ["c44-dup-id.jsonl:2", "already used in line 1", "--renumber"]),
        .init(
            name: "c45-mcq-gold-forms.jsonl", layout: "record", task: .mcq, golds: ["(B)"],
            turns: ["user: hi"]),
        .init(
            name: "c47-options-letters.jsonl", layout: "record", task: .mcq, golds: ["B"], turns: ["user: hi"]
        ),
        .init(
            name: "c49-bbox-out.jsonl", layout: "record", task: .grounding, golds: ["x"],
            turns: ["user: <image>Find the cat"], images: ["a.png"]),
        .init(
            name: "c50-assistant-image.jsonl", layout: "record", task: .open,
            golds: ["The tag <image> marks pictures"],
            turns: ["user: <image>hi", "assistant: The tag <image> marks pictures"], images: ["a.png"]),
        .init(
            name: "c51-user-mentions-tag.jsonl",
            refusal: ["\"images\"", "expected 2, one for each <image>", "in another way", "found 1"]),
        .init(
            name: "c52-solution-list.jsonl", layout: "record", task: .chart, golds: ["3", "three"],
            turns: ["user: hi"]),
        .init(
            name: "c54-solution-bool.jsonl", layout: "record", task: .yorn, golds: ["true"],
            turns: ["user: hi"]),
        .init(name: "c55-answer-key.jsonl", task: .chart, golds: ["3"], turns: ["user: hi"]),
        .init(name: "c56-content-null.jsonl", task: .chart, golds: ["3"], turns: ["user: hi"]),
        .init(
            name: "c57-last-assistant-grpo.jsonl", layout: "record", task: .chart, golds: ["3"],
            turns: ["user: <image>How many?", "assistant: 3"], images: ["a.png"]),
        .init(
            name: "c58-wrapper-object.json", layout: "record", task: .chart, golds: ["3"], turns: ["user: hi"]
        ),
        .init(
            name: "c59-image-upper.jsonl", task: .chart, golds: ["3"], turns: ["user: <image>hi"],
            images: ["a.png"]),
        .init(
            name: "c61-img-tag.jsonl", task: .chart, golds: ["3"], turns: ["user: Picture 1: <image>\nWhat?"],
            images: ["a.png"]),
    ]
}

@Suite struct LayoutCasesTests {
    private func read(_ name: String, needs: RowNeeds) throws -> [Sample] {
        var options = RowOptions()
        options.needs = needs
        return try SampleReader.read(Fixtures.url("layouts/\(name)").path, options).samples
    }

    @Test("Every file of the folder is a case")
    func complete() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Fixtures.url("layouts").path)
        #expect(Set(files.filter { $0.contains(".json") }) == Set(LayoutCase.all.map(\.name)))
    }

    @Test("Rows of public trainers read for every use, or are refused with advice", arguments: LayoutCase.all)
    private func layout(_ wanted: LayoutCase) throws {
        for needs in [RowNeeds.gold, .target, .nothing] {
            let refusal = wanted.refusal + (needs == .gold ? wanted.grpoRefusal : [])
            guard refusal.isEmpty else {
                let error = #expect(throws: SampleError.self) { try read(wanted.name, needs: needs) }
                for word in refusal {
                    #expect(error?.description.contains(word) == true, "\(String(describing: error))")
                }
                continue
            }
            let sample = try #require(try read(wanted.name, needs: needs).first)
            #expect(sample.messages.map { "\($0.role.rawValue): \($0.text)" } == wanted.turns)
            #expect(sample.images == wanted.images)
            if needs == .gold {
                #expect(sample.task == wanted.task && sample.solutions == wanted.golds)
            }
            if needs == .target { #expect(try !supervisedAnswer(sample).isEmpty) }
        }
    }

    @Test("The layout of each row is named", arguments: LayoutCase.all.filter(\.refusal.isEmpty))
    private func names(_ wanted: LayoutCase) throws {
        var stream = RowStream([Fixtures.url("layouts/\(wanted.name)").path])
        let batch = try #require(try stream.next())
        let row = try RowConverter().rows(batch, at: 0)[0].row.get()
        #expect(row.layout == wanted.layout)
        if row.layout != "record" {
            let used = Set(row.uses.map { String($0.key.prefix { $0 != "[" && $0 != "." }) })
            let keys = try batch.members(0).keys
            #expect(row.uses.isEmpty || Set(keys.filter { !RecordKeys.has($0) }).isSubset(of: used))
        }
    }
}
