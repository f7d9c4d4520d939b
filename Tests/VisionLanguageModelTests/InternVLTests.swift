// InternVL's numbers: prompts, vision features, every stage, logits, greedy answers, and the same from every layout.
import Basics
import Checkpoint
import Foundation
import ImageInput
import ModelFamilies
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

@Suite("InternVL against the reference")
struct InternVLTests {
    @Test(
        "Messages and pictures become the reference's ids, tiles and pixel values",
        arguments: InternVLCase.all)
    func prompts(_ reference: InternVLCase) throws {
        let (loaded, golden) = (try reference.loaded(), try reference.golden())
        let prompt = try reference.prompt(loaded)
        #expect(prompt.ids == (try golden.integers("input_ids")))
        let tiles = prompt.visuals.map { $0.pixels.shape[0] }
        #expect(tiles == (try reference.details().num_tiles))
        #expect(prompt.positions.time == Array(0..<Int32(prompt.ids.count)))
        guard !tiles.isEmpty else { return }
        let values = prompt.visuals.flatMap(\.pixels.values)
        #expect(Golden.pixelValuesHash(values) == (try golden.pixelValuesHash()))
    }

    @Test("States of the last block and connected tokens are within 2e-5", arguments: InternVLCase.all)
    func vision(_ reference: InternVLCase) throws {
        let (loaded, golden) = (try reference.loaded(), try reference.golden())
        let prompt = try reference.prompt(loaded)
        guard !prompt.visuals.isEmpty else { return }
        let tower = try #require(loaded.model.vision as? InternVLTower)
        let values = prompt.visuals.flatMap(\.pixels.values)
        let count = try reference.details().num_tiles.reduce(0, +)
        let states = tower.states(values, tileCount: count, grid: 4)
        let width = states.columnCount
        expectClose(
            states.elements, try golden.floats("vit_last_hidden"), absolute: 2e-5, "vit_last_hidden",
            rowLength: width)
        let tokens = tower(prompt.visuals)
        expectClose(
            tokens.elements, try golden.floats("projected"), absolute: 2e-5, "projected",
            rowLength: tokens.columnCount)
    }

    @Test("Logits of every token are within 3e-4, log-probabilities within 1e-4", arguments: InternVLCase.all)
    func logits(_ reference: InternVLCase) throws {
        let loaded = try reference.loaded()
        let (model, prompt) = (loaded.model, try reference.prompt(loaded))
        try expectLogits(
            model.logits(model.hidden(packed([prompt]))), reference.golden(), reference.testDescription)
        try expectLogProbabilities(model, prompt, reference.golden(), reference.testDescription)
    }

    @Test("Greedy answers are the reference's", arguments: InternVLCase.all)
    func greedy(_ reference: InternVLCase) throws {
        let loaded = try reference.loaded()
        var greedy = SamplingOptions.greedy
        greedy.maxNewTokens = 32
        let engine = GenerationEngine(model: loaded.model, endTokenIDs: [758])
        let answer = try engine.generate(
            [GenerationRequest(prompt: reference.prompt(loaded), number: 0)], options: greedy)[0][0]
        let golden = try reference.golden()
        #expect(answer.ids == (try golden.integers("greedy.ids")))
        expectClose(
            answer.logProbabilities, try golden.floats("greedy.logprobs"), absolute: 1e-4,
            "\(reference.testDescription) greedy.logprobs")
    }

    @Test(
        "A model exported to another layout, with that layout's configuration, gives the same bits",
        arguments: [
            ("internvl-tiny-hf", "internvl-tiny-orig", KeyTable.Style.original),
            ("internvl35-tiny-hf", "internvl35-tiny-orig", .original),
            ("internvl-internlm2-tiny-orig", "internvl-internlm2-tiny-hf", .hf),
            ("internvl-tiny-hf", "internvl-tiny-hf", .nested),
        ])
    func layouts(_ name: String, _ other: String, _ style: KeyTable.Style) throws {
        let original = try openCheckpoint(Fixtures.reference("checkpoints/\(name)").path)
        let folder = TemporaryFolder()
        let styled = try StyledCheckpoint(original, style: style)
        let writer = try CheckpointWriter(folder.path("other.h5"), expectedByteCount: styled.tensorByteCount)
        for info in styled.tensors { try styled.withBytes(of: info.name) { try writer.add(info, bytes: $0) } }
        // The files of the other layout where they are fixtures; the tokenizer is the same in both.
        for file in styled.sideFileNames {
            let theirs = Fixtures.reference("checkpoints/\(other)/\(file)")
            let bytes = (try? Data(contentsOf: theirs)).map { [UInt8]($0) }
            try writer.addSideFile(file, try #require(try bytes ?? styled.sideFile(file)))
        }
        try writer.commit()
        let (first, second) = (
            try LoadedModel(path: original.location), try LoadedModel(path: folder.path("other.h5"))
        )
        #expect(first.model.parameters.all.map(\.name) == second.model.parameters.all.map(\.name))
        for (a, b) in zip(first.model.parameters.all, second.model.parameters.all) {
            #expect(a.value.elements == b.value.elements, "\(a.name)")
        }
        let reference = InternVLCase(
            model: name == "internvl-internlm2-tiny-orig" ? other : name, name: "one_image_orig")
        let logits = try [first, second].map { loaded in
            loaded.model.logits(loaded.model.hidden(packed([try reference.prompt(loaded)]))).elements
        }
        #expect(logits[0] == logits[1])
    }

    @Test(
        "A saved model has the names it came with and the numbers it had",
        arguments: [
            "internvl-tiny-hf", "internvl-internlm2-tiny-orig", "internvl35-tiny-hf",
        ])
    func saving(_ name: String) throws {
        let folder = TemporaryFolder()
        let loaded = try LoadedModel(path: Fixtures.url("checkpoints/\(name)").path)
        try loaded.save(to: folder.path("saved.h5"), dtype: .bfloat16)
        let again = try LoadedModel(path: folder.path("saved.h5"))
        #expect(
            again.checkpoint.tensors.map(\.name).sorted() == loaded.checkpoint.tensors.map(\.name).sorted())
        for (a, b) in zip(loaded.model.parameters.all, again.model.parameters.all) {
            #expect(a.value.elements == b.value.elements, "\(a.name)")
        }
    }

    @Test("Squares of patches become one row in the order of the reference's pixel shuffle")
    func pixelShuffle() throws {
        let golden = try Golden("pixel_shuffle")
        let input = Tensor(try golden.floats("in"), shape: [16, 3])
        let found = input.gatherRows(shuffledPatches(grid: 4, merge: 2, transposed: false))
        #expect(found.elements == (try golden.floats("out_v2")))
        let first = input.gatherRows(shuffledPatches(grid: 4, merge: 2, transposed: true)).reshaped([4, 12])
        let second = found.reshaped([4, 12])
        #expect(first.gatherRows([0, 2, 1, 3]).elements == second.elements)
    }
}

@Suite("Stages inside InternVL against the reference")
struct InternVLStageTests {
    private func expect(_ found: Tensor, _ golden: Golden, _ stage: String) throws {
        expectClose(
            found.elements, try golden.floats(stage), absolute: 5e-5, stage, rowLength: found.columnCount)
    }

    @Test(
        "Every stage of both styles of tower and decoder agrees",
        arguments: ["internvl-tiny-hf", "internvl35-tiny-hf"])
    func stages(_ name: String) throws {
        let loaded = try InternVLCase(model: name, name: "stages").loaded()
        let (model, golden) = (loaded.model, try Golden("\(name).stages"))
        let tower = try #require(model.vision as? InternVLTower)
        let image = try loaded.processor.image(Fixtures.bytes("images/gray.png"), name: "gray")
        #expect(Golden.pixelValuesHash(image.pixels.values) == (try golden.pixelValuesHash()))
        let layout = AttentionLayout(boundaries: [0, 17], isCausal: false)
        var h = tower.embeddings(image.pixels.values, tileCount: 1, grid: 4)
        try expect(h, golden, "vision.embeddings")
        for (index, block) in tower.blocks.enumerated() {
            if index == 0 {
                let normed = block.norm1(h)
                try expect(normed, golden, "vision.layer.0.layernorm_before")
                let attended = block.attention(normed, layout: layout)
                try expect(attended, golden, "vision.layer.0.attention")
                let after = h + attended.scalingColumns(by: block.scale1.tensor)
                try expect(block.mlp(block.norm2(after)), golden, "vision.layer.0.mlp")
            }
            h = block(h, layout: layout)
            try expect(h, golden, "vision.layer.\(index)")
        }
        let merged = tower.connector.norm(tower.merged(h, tileCount: 1, grid: 4))
        try expect(merged, golden, "projector.layer_norm")
        try expect(tower.connector.first(merged), golden, "projector.linear_1")
        try expect(tower([image]), golden, "projector")
        try decoder(model, image, golden)
    }

    private func decoder(_ model: LanguageModel, _ image: VisionInput, _ golden: Golden) throws {
        let prompt = try Prompt(
            ids: golden.integers("input_ids"), visuals: [image], configuration: model.configuration)
        let batch = packed([prompt])
        let context = DecoderContext(angles: batch.positions.angles(model.text.sizes), layout: batch.layout)
        var h = model.embed(batch.ids, visuals: batch.visuals, visualRows: batch.visualRows)
        for (index, layer) in model.text.layers.enumerated() {
            if index == 0 {
                try expect(
                    layer.attention(layer.inputNorm(h), context, layer: 0), golden, "llm.layers.0.self_attn")
            }
            h = layer(h, context, layer: index)
            try expect(h, golden, "llm.layers.\(index)")
        }
        try expect(model.text.norm(h), golden, "llm.norm")
    }
}
