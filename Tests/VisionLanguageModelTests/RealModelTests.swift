// A real model, which is no fixture: Qwen2.5-Coder-1.5B-Instruct. `make test-real MODEL=FOLDER` runs these tests.
//
// Its weights are a 4-bit file widened to bfloat16; `real_text_model.json` holds transformers' float32 answers.
import Basics
import Foundation
import TensorMath
import TestKit
import Testing
import Tokenizer

@testable import VisionLanguageModel

/// Where the model is; nil runs none of these tests.
private let folder = ProcessInfo.processInfo.environment["R1_REAL_MODEL"]

@Suite("A real text model against the reference", .enabled(if: folder != nil), .serialized)
struct RealModelTests {
    struct Answer: Decodable {
        let prompt: String
        let input_ids: [Int32]
        let generated: [Int32]
        /// The smallest distance between the two largest logits of a step.
        let min_top2_margin: Float
    }

    private func answers() throws -> [Answer] {
        try JSONDecoder().decode([Answer].self, from: Data(Fixtures.bytes("goldens/real_text_model.json")))
    }

    private func loaded(_ compute: DType) throws -> LoadedModel {
        try LoadedModel(path: #require(folder), compute: compute)
    }

    @Test("Greedy answers in float32 are the reference's: every step's margin is above 0.02")
    func greedy() throws {
        let (loaded, answers) = (try loaded(.float32), try answers())
        var options = SamplingOptions.greedy
        options.maxNewTokens = 32
        for answer in answers {
            #expect(answer.min_top2_margin > 0.02)
            #expect(
                loaded.processor.tokenizer.encode(answer.prompt, specialTokens: .parsed) == answer.input_ids)
            let prompt = try Prompt(
                ids: answer.input_ids, visuals: [], configuration: loaded.model.configuration)
            let found = try loaded.engine.generate(
                [GenerationRequest(prompt: prompt, number: 0)], options: options)[0][0]
            #expect(found.ids == answer.generated, "\(answer.prompt)")
        }
    }

    @Test("The likeliest token in bfloat16 is float32's at 95 % or more of the places of prompts and answers")
    func bfloat16() throws {
        func likeliest(_ compute: DType) throws -> [Int] {
            let loaded = try loaded(compute)
            return try answers().flatMap { answer in
                let ids = answer.input_ids + answer.generated
                let prompt = try Prompt(ids: ids, visuals: [], configuration: loaded.model.configuration)
                let logits = loaded.model.logits(loaded.model.hidden(packed([prompt])))
                return (0..<logits.rowCount).map { row in
                    let values = logits.rows(row..<row + 1).elements
                    return values.indices.max { values[$0] < values[$1] } ?? -1
                }
            }
        }
        let (exact, rounded) = (try likeliest(.float32), try likeliest(.bfloat16))
        let same = zip(exact, rounded).count { $0 == $1 }
        print("bfloat16 agrees with float32 on \(same) of \(exact.count) likeliest tokens")
        #expect(exact.count > 150 && same * 100 >= exact.count * 95, "\(same) of \(exact.count)")
    }
}
