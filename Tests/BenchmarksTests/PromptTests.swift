import Foundation
import StrictJSON
import TestKit
import Testing

@testable import Benchmarks

/// An entry of `evaluation/prompts.json`: a row and the text that a reference makes of it.
struct PromptCase: CustomTestStringConvertible {
    let number: Int
    let members: JSONObject
    var testDescription: String {
        "\(number): \(members["rule"]?.text ?? "") \(members["benchmark"]?.text ?? "")"
    }

    static let all: [PromptCase] = {
        do {
            let text = String(decoding: try Fixtures.bytes("evaluation/prompts.json"), as: UTF8.self)
            return (try JSONValue(parsing: text).elements ?? []).enumerated().map {
                PromptCase(number: $0.offset, members: $0.element.members ?? JSONObject())
            }
        } catch { fatalError("the prompts: \(error)") }
    }()

    /// The style by the name that the reference has for it.
    func style() throws -> PromptStyle {
        let ids = [
            "vlmevalkit.default": "v.default", "vlmevalkit.default-interleaved": "v.default",
            "vlmevalkit.qwen-custom": "v.qwen", "vlmevalkit.internvl": "v.internvl",
            "vlmevalkit.internvl-images": "v.internvl", "lmms.default": "l", "lmms.grounding": "l",
            "lmms.format-prompt": "l", "lmms.test": "l", "lmms.val": "l", "lmms.en": "l",
        ]
        let id = try #require(ids[members["rule"]?.text ?? ""])
        return try #require(PromptStyle.named(id))
    }

    /// The row; `MCQ` is any benchmark of choices.
    func row() throws -> BenchmarkRow {
        let name = try #require(members["benchmark"]?.text).lowercased()
        let benchmark = try #require(name == "mcq" ? .mmbench : Benchmark(rawValue: name))
        let given = try #require(members["row"]?.members)
        var row = BenchmarkRow(
            id: "1", benchmark: benchmark, question: given["question"]?.text ?? given["text"]?.text ?? "")
        row.hint = given["hint"]?.text
        for index in 0..<4 {
            if let text = given[letter(index)]?.text { row.options.append(text) }
        }
        row.options += (given["options"]?.elements ?? given["choices"]?.elements ?? []).map(\.text)
        if given["options"]?.text == "['a', 'b']" { row.options = ["a", "b"] }
        row.unit = given["unit"]?.text
        row.answerType = given["answer_type"]?.text
        row.precision = given["precision"]?.double.map { Int($0) }
        row.phrases = given["answer"]?.elements?.compactMap(\.text) ?? []
        if case .integer(let count)? = given["images"] {
            row.pictures = (0..<count).map { .file("i\($0 + 1)") }
        } else if members["text"]?.elements != nil {
            row.pictures = [.file("i1"), .file("i2")]
        }
        return row
    }
}

@Suite struct PromptTests {
    @Test("Prompts are those of the references, byte for byte", arguments: PromptCase.all)
    func references(_ wanted: PromptCase) throws {
        let row = try wanted.row()
        let style = try wanted.style()
        if let parts = wanted.members["text"]?.elements {
            let expected: [BenchmarkPrompt.Part] = try parts.map { part in
                let value = try #require(part.members?["value"]?.text)
                guard part.members?["type"]?.text == "image" else { return .text(value) }
                return .image(try #require(Int(value.dropFirst())) - 1)
            }
            #expect(try style.prompt(row).parts == expected)
        } else {
            let text = try #require(wanted.members["text"]?.text)
            if wanted.members["rule"]?.text == "vlmevalkit.internvl-images" {
                // The reference puts pictures before any text; here the text is a question of one benchmark.
                var asked = row
                asked.benchmark = .mathvision
                #expect(try style.prompt(asked).text == text)
            } else {
                // lmms-eval passes pictures beside the text.
                let texts = try style.prompt(row).parts.compactMap { part in
                    if case .text(let text) = part { text } else { nil }
                }
                #expect(texts.joined() == text)
            }
        }
    }

    @Test("All 24 prompts of the references are tried")
    func count() { #expect(PromptCase.all.count == 24) }
}
