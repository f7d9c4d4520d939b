// Models with matrices in few bits: what is rounded, that they answer as their rounded weights do, and alone as in
// company.
import Basics
import Foundation
import TestKit
import Testing
import Tokenizer

@testable import Checkpoint
@testable import ModelFamilies
@testable import TensorMath
@testable import VisionLanguageModel

@Suite("Models in few bits")
struct QuantizedModelTests {
    @Test(
        "the decoder's matrices get the codes, embedding and head int8, the rest keeps its type",
        arguments: WeightCodes.allCases, [ReferenceCase.oneImage.path, ReferenceCase.newNames.path])
    func parts(_ codes: WeightCodes, _ path: String) throws {
        let model = try LanguageModel(openCheckpoint(path), quantization: .codes(codes))
        let plain = try LanguageModel(openCheckpoint(path))
        #expect(model.parameters.elementCount == plain.parameters.elementCount)
        for parameter in model.parameters.all {
            let name = parameter.name
            guard case .quantized(let matrix) = parameter.weight else {
                #expect(name.hasPrefix("visual.") || parameter.shape.count == 1, "\(name)")
                continue
            }
            #expect(!name.hasPrefix("visual.") && parameter.shape.count == 2, "\(name)")
            let isTable = name.hasSuffix("embed_tokens.weight") || name.hasSuffix("lm_head.weight")
            #expect(matrix.codes == (isTable || matrix.shape[1] % 32 != 0 ? .int8 : codes), "\(name)")
        }
        #expect(model.parameters.all.contains { $0.isQuantized })
    }

    @Test("without being asked, stored codes are widened, as training needs", arguments: WeightCodes.allCases)
    func stored(_ codes: WeightCodes) throws {
        let folder = TemporaryFolder()
        let original = try openCheckpoint(ReferenceCase.oneImage.path)
        let configuration = try ModelConfiguration(of: original)
        try writeHDF5(
            QuantizedCheckpoint(original) {
                configuration.codes(of: $0.name, shape: $0.shape, wanted: codes)
            }, to: folder.path("stored.h5"))
        let wide = try LoadedModel(path: folder.path("stored.h5"))
        #expect(!wide.model.parameters.all.contains { $0.isQuantized } && wide.quantizationText == nil)
        let kept = try LoadedModel(path: folder.path("stored.h5"), quantization: .stored)
        #expect(kept.quantizationText?.contains("in \(codes)") == true)
        // The same bytes as rounding while loading.
        let rounded = try LoadedModel(path: ReferenceCase.oneImage.path, quantization: .codes(codes))
        let prompt = try ReferenceCase.oneImage.prompt()
        let batch = packed([prompt])
        #expect(kept.model.hidden(batch).elements == rounded.model.hidden(batch).elements)
        // Widening to bfloat16 rounds once more.
        let (a, b) = (wide.model.hidden(batch).elements, kept.model.hidden(batch).elements)
        #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.3 } && a != b)
    }

    @Test("answers are the same alone and among others", arguments: WeightCodes.allCases)
    func company(_ codes: WeightCodes) throws {
        let loaded = try LoadedModel(path: ReferenceCase.oneImage.path, quantization: .codes(codes))
        let ids = loaded.processor.tokenizer.encode("How many apples are red?", specialTokens: .asText)
        let prompts = try (1...5).map {
            try Prompt(ids: Array(ids.prefix($0)), visuals: [], configuration: loaded.model.configuration)
        }
        func requests(_ numbers: [Int]) -> [GenerationRequest] {
            numbers.map { number in
                var request = GenerationRequest(prompt: prompts[number], number: UInt64(number))
                request.options.maxNewTokens = 8
                return request
            }
        }
        // One by one, and all in one engine: at most 15 rows a step, so the same kernels run.
        var options = EngineOptions()
        options.prefillTokens = 4
        let together = try loaded.engine(options).generate(requests(Array(0..<5)))
        for number in 0..<5 {
            let alone = try loaded.engine(options).generate(requests([number]))
            #expect(alone[0].map(\.ids) == together[number].map(\.ids), "request \(number)")
        }
    }
}
