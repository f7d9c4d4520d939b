// The weights of a language model, alone or inside a vision-language model.

extension TextConfiguration {
    /// The weights under canonical names, in the order of the modules, the head last.
    ///
    /// - Parameters:
    ///   - scope: The module that holds `model` and `lm_head`; empty when they are at the top.
    ///   - isTied: Whether the head may be absent, because it is the embedding table.
    /// - Returns: Names and shapes.
    public func weights(scope: String, isTied: Bool) -> [ExpectedTensor] {
        let prefix = scope.isEmpty ? "" : scope + "."
        let table = [vocabularySize, hiddenSize]
        return [ExpectedTensor("\(prefix)model.embed_tokens.weight", table)]
            + (0..<layerCount).flatMap { layer("\(prefix)model.layers.\($0)") }
            + [
                ExpectedTensor("\(prefix)model.norm.weight", [hiddenSize]),
                ExpectedTensor("\(prefix)lm_head.weight", table, isRequired: !isTied),
            ]
    }

    private func layer(_ name: String) -> [ExpectedTensor] {
        let attention = "\(name).self_attn"
        var list = [ExpectedTensor("\(name).input_layernorm.weight", [hiddenSize])]
        for (part, count) in [("q", headCount), ("k", keyHeadCount), ("v", keyHeadCount)] {
            list += .linear(
                "\(attention).\(part)_proj", from: hiddenSize, to: count * headSize, hasBias: biases.input)
        }
        list += .linear(
            "\(attention).o_proj", from: headCount * headSize, to: hiddenSize, hasBias: biases.output)
        if normalizesHeads {
            list += ["q", "k"].map { ExpectedTensor("\(attention).\($0)_norm.weight", [headSize]) }
        }
        list.append(ExpectedTensor("\(name).post_attention_layernorm.weight", [hiddenSize]))
        list += .linear("\(name).mlp.gate_proj", from: hiddenSize, to: intermediateSize, hasBias: biases.mlp)
        list += .linear("\(name).mlp.up_proj", from: hiddenSize, to: intermediateSize, hasBias: biases.mlp)
        list += .linear("\(name).mlp.down_proj", from: intermediateSize, to: hiddenSize, hasBias: biases.mlp)
        return list
    }
}
