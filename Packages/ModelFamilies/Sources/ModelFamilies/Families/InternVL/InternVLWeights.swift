// The weights of InternViT and of the connector of InternVL under the names of Hugging Face's form.

extension InternVLVisionConfiguration {
    /// The weights of tower and connector, in the order of the modules.
    public var weights: [ExpectedTensor] {
        embeddings + (0..<depth).flatMap { block("vision_tower.encoder.layer.\($0)") } + connector
    }

    private var embeddings: [ExpectedTensor] {
        let name = "vision_tower.embeddings"
        return [
            ExpectedTensor("\(name).cls_token", [1, 1, hiddenSize]),
            ExpectedTensor("\(name).position_embeddings", [1, gridSize * gridSize + 1, hiddenSize]),
            ExpectedTensor(
                "\(name).patch_embeddings.projection.weight",
                [hiddenSize, channelCount, patchSize, patchSize]),
            ExpectedTensor("\(name).patch_embeddings.projection.bias", [hiddenSize]),
        ]
    }

    private func block(_ name: String) -> [ExpectedTensor] {
        var list: [ExpectedTensor] = []
        for place in ["before", "after"] {
            list.append(ExpectedTensor("\(name).layernorm_\(place).weight", [hiddenSize]))
            if norm == .layer { list.append(ExpectedTensor("\(name).layernorm_\(place).bias", [hiddenSize])) }
        }
        for part in ["q", "k", "v"] {
            list += .linear(
                "\(name).attention.\(part)_proj", from: hiddenSize, to: hiddenSize, hasBias: hasInputBias)
        }
        list += .linear("\(name).attention.projection_layer", from: hiddenSize, to: hiddenSize)
        if normalizesQueriesAndKeys {
            list += ["q", "k"].map { ExpectedTensor("\(name).attention.\($0)_norm.weight", [hiddenSize]) }
        }
        list += ["lambda_1", "lambda_2"].map { ExpectedTensor("\(name).\($0)", [hiddenSize]) }
        list += .linear("\(name).mlp.fc1", from: hiddenSize, to: intermediateSize)
        list += .linear("\(name).mlp.fc2", from: intermediateSize, to: hiddenSize)
        return list
    }

    /// The connector takes the patches of a square as one row.
    private var connector: [ExpectedTensor] {
        let merged = hiddenSize * mergeSize * mergeSize
        let name = "multi_modal_projector"
        return [
            ExpectedTensor("\(name).layer_norm.weight", [merged]),
            ExpectedTensor("\(name).layer_norm.bias", [merged]),
        ]
            + .linear("\(name).linear_1", from: merged, to: outputSize)
            + .linear("\(name).linear_2", from: outputSize, to: outputSize)
    }
}
