// The model's numbers: vision features, every stage inside, logits and log-probabilities.
import Basics
import Foundation
import ImageInput
import ModelFamilies
import TensorMath
import TestKit
import Testing

@testable import VisionLanguageModel

@Suite("Forward pass against the reference")
struct ForwardTests {
    @Test("Vision features of images and videos are within 2e-5", arguments: ReferenceCase.complete)
    func vision(_ reference: ReferenceCase) throws {
        let visuals = try reference.visuals()
        let tower = try #require(try reference.model().vision)
        for (kind, isVideo) in [("image", false), ("video", true)] {
            let inputs = visuals.filter { $0.isVideo == isVideo }
            guard !inputs.isEmpty else { continue }
            let found = tower(inputs)
            expectClose(
                found.elements, try reference.golden().floats("\(kind).vision_out"), absolute: 2e-5,
                "\(reference.testDescription) \(kind).vision_out", rowLength: found.columnCount)
        }
    }

    @Test("Logits of every token are within 3e-4", arguments: ReferenceCase.complete)
    func logits(_ reference: ReferenceCase) throws {
        let model = try reference.model()
        let found = model.logits(model.hidden(packed([try reference.prompt()])))
        try expectLogits(found, reference.golden(), reference.testDescription)
    }

    @Test(
        "Log-probabilities of the prompt's own tokens are within 1e-4", arguments: ReferenceCase.complete)
    func logProbabilities(_ reference: ReferenceCase) throws {
        try expectLogProbabilities(
            reference.model(), reference.prompt(), reference.golden(), reference.testDescription)
    }

    @Test("A packed batch of prompts gives what the reference gives for a left-padded one")
    func batch() throws {
        let golden = try Golden("qwen25vl-tiny.batch_left_pad")
        let prompts = [try ReferenceCase.oneImage.prompt(), try ReferenceCase.textOnly.prompt()]
        let width = try golden.shape("input_ids")[1]
        let (ids, mask) = (try golden.integers("input_ids"), try golden.integers("attention_mask"))
        for (row, prompt) in prompts.enumerated() {
            let places = row * width..<(row + 1) * width
            #expect(places.filter { mask[$0] == 1 }.map { ids[$0] } == prompt.ids)
        }
        let model = try ReferenceCase.oneImage.model()
        let lengths = prompts.map(\.ids.count)
        let hidden = model.hidden(packed(prompts)).gatherRows([lengths[0] - 1, lengths[0] + lengths[1] - 1])
        expectClose(
            model.logits(hidden).elements, try golden.floats("logits_last"), absolute: 3e-4, "logits_last",
            rowLength: 800)
    }
}

@Suite("Stages inside the model against the reference")
struct StageTests {
    private let golden: Golden
    private let model: LanguageModel
    private let prompt: Prompt

    init() throws {
        golden = try Golden("qwen25vl-tiny.stages_one_image")
        model = try ReferenceCase.oneImage.model()
        prompt = try ReferenceCase.oneImage.prompt()
    }

    private func expect(_ found: Tensor, _ stage: String, within absolute: Double) throws {
        let row = try #require(try golden.shape(stage).last)
        expectClose(found.elements, try golden.floats(stage), absolute: absolute, stage, rowLength: row)
    }

    /// The reference repeats each angle for the second half of the head.
    private func expectAngles(_ found: Tensor, _ stage: String) throws {
        let twice = (0..<found.rowCount).flatMap { row in
            Array(repeating: found.rows(row..<row + 1).elements, count: 2).flatMap { $0 }
        }
        expectClose(twice, try golden.floats(stage), absolute: 2e-6, stage, rowLength: 2 * found.columnCount)
    }

    @Test("Every stage of the vision tower agrees")
    func vision() throws {
        let tower = try #require(model.vision as? Qwen25VLTower)
        let (sizes, images) = (tower.sizes, try ReferenceCase.oneImage.images())
        let grid = Qwen25VLGrid(images.map { ($0.gridT, $0.gridH, $0.gridW) }, sizes)
        let inOrder = grid.angles(sizes)
        try expectAngles(inOrder.cosine, "vision_cos_patch_order")
        try expectAngles(inOrder.sine, "vision_sin_patch_order")
        let order = grid.patchOrder(sizes)
        let angles = inOrder.gatherRows(order)
        let patches = Tensor(
            images.flatMap(\.pixelValues), shape: [order.count, sizes.patchElementCount])
        let kernel = tower.patchProjection.tensor.reshaped([sizes.hiddenSize, sizes.patchElementCount])
        let embedded = linear(patches, kernel)
        try expect(embedded, "visual.patch_embed", within: 2e-5)
        var h = embedded.gatherRows(order)
        for (index, block) in tower.blocks.enumerated() {
            let isFull = sizes.fullAttentionBlocks.contains(index)
            let layout = AttentionLayout(
                boundaries: isFull ? grid.frameBoundaries : grid.windowBoundaries, isCausal: false)
            if index == 0 {
                let normed = block.norm1(h)
                try expect(normed, "visual.blocks.0.norm1", within: 2e-5)
                let attended = block.attention(normed, angles: angles, layout: layout)
                try expect(attended, "visual.blocks.0.attn", within: 2e-5)
                try expect(block.mlp(block.norm2(h + attended)), "visual.blocks.0.mlp", within: 2e-5)
            }
            h = block(h, angles: angles, layout: layout)
            try expect(h, "visual.blocks.\(index)", within: 5e-5)
        }
        try expect(tower.merger.norm(h), "visual.merger.ln_q", within: 2e-5)
        try expect(tower.merger(h), "visual.merger", within: 2e-5)
    }

    @Test("Every stage of the decoder agrees")
    func decoder() throws {
        let batch = packed([prompt])
        let context = DecoderContext(angles: prompt.positions.angles(model.text.sizes), layout: batch.layout)
        try expectAngles(context.angles.cosine, "mrope_cos")
        try expectAngles(context.angles.sine, "mrope_sin")
        var h = model.embed(batch.ids, visuals: batch.visuals, visualRows: batch.visualRows)
        for (index, layer) in model.text.layers.enumerated() {
            if index == 0 {
                let normed = layer.inputNorm(h)
                try expect(normed, "model.layers.0.input_layernorm", within: 2e-5)
                let attended = layer.attention(normed, context, layer: 0)
                try expect(attended, "model.layers.0.self_attn", within: 2e-5)
                let inner = layer.mlp(layer.postAttentionNorm(h + attended))
                try expect(inner, "model.layers.0.mlp", within: 2e-5)
            }
            h = layer(h, context, layer: index)
            try expect(h, "model.layers.\(index)", within: 1e-4)
        }
        try expect(model.text.norm(h), "model.norm", within: 1e-4)
    }
}
