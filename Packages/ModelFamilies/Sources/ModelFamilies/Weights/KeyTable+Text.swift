// The tensors of language models: Qwen2 and Qwen3 alone, and every one that stands inside a vision-language model.
internal import StrictJSON

extension KeyTable {
    /// The architectures of language models; they differ in biases, head sizes and norms.
    enum TextKind: String, CaseIterable {
        case qwen2, qwen3, llama, internlm2
    }

    /// The table of a text model.
    static func text(_ json: OrderedJSON, family: String, location: String) throws -> KeyTable {
        let sizes = SizeReader(json: json, prefix: "", location: location)
        let isTied = try sizes.flag("tie_word_embeddings", default: false)
        return KeyTable(
            family: family,
            expected: try decoder(sizes, kind: kind(of: sizes), prefix: "", isTied: isTied), naming: [])
    }

    /// The architecture that a language model's configuration names.
    static func kind(of sizes: SizeReader) throws -> TextKind {
        let name = try sizes.choice("model_type", of: TextKind.allCases.map(\.rawValue), default: "")
        guard let kind = TextKind(rawValue: name) else {
            throw sizes.bad("model_type", "the language model's architecture", nil)
        }
        return kind
    }

    /// The tensors of a language model under `prefix`, the head last.
    static func decoder(
        _ sizes: SizeReader, kind: TextKind, prefix: String, isTied: Bool
    ) throws -> [Expected] {
        let hidden = try sizes.count("hidden_size")
        let intermediate = try sizes.count("intermediate_size")
        let (heads, groups, headSize) = try headSizes(sizes, kind)
        let vocabulary = try sizes.count("vocab_size")
        let hasBias =
            switch kind {
            case .qwen2: (input: true, output: false, feedForward: false)
            case .qwen3, .llama:
                (
                    input: try sizes.flag("attention_bias", default: false),
                    output: try sizes.flag("attention_bias", default: false),
                    feedForward: try kind == .llama && sizes.flag("mlp_bias", default: false)
                )
            case .internlm2:
                (
                    input: try sizes.flag("bias", default: true),
                    output: try sizes.flag("bias", default: true), feedForward: false
                )
            }
        var list = [tensor("\(prefix)model.embed_tokens.weight", vocabulary, hidden)]
        for layer in 0..<(try sizes.count("num_hidden_layers", atMost: 10_000)) {
            let name = "\(prefix)model.layers.\(layer)"
            list.append(tensor("\(name).input_layernorm.weight", hidden))
            for (part, count) in [("q", heads), ("k", groups), ("v", groups)] {
                list += linear(
                    "\(name).self_attn.\(part)_proj", from: hidden, to: count * headSize,
                    hasBias: hasBias.input)
            }
            list += linear(
                "\(name).self_attn.o_proj", from: heads * headSize, to: hidden, hasBias: hasBias.output)
            if kind == .qwen3 {
                list += ["q", "k"].map { tensor("\(name).self_attn.\($0)_norm.weight", headSize) }
            }
            list.append(tensor("\(name).post_attention_layernorm.weight", hidden))
            for (part, from, to) in [
                ("gate", hidden, intermediate), ("up", hidden, intermediate), ("down", intermediate, hidden),
            ] {
                list += linear("\(name).mlp.\(part)_proj", from: from, to: to, hasBias: hasBias.feedForward)
            }
        }
        list.append(tensor("\(prefix)model.norm.weight", hidden))
        list.append(
            Expected(name: "\(prefix)lm_head.weight", shape: [vocabulary, hidden], isRequired: !isTied))
        return list
    }

    /// The number of heads, of those for keys and values, and the size of one.
    static func headSizes(_ sizes: SizeReader, _ kind: TextKind) throws -> (Int, Int, Int) {
        let heads = try sizes.count("num_attention_heads")
        let groups = try sizes.count("num_key_value_heads", default: heads)
        guard heads % groups == 0 else {
            throw sizes.bad("num_key_value_heads", "a divisor of \(heads)", .number("\(groups)"))
        }
        let hidden = try sizes.count("hidden_size")
        return (
            heads, groups, try sizes.count("head_dim", default: kind == .qwen3 ? 128 : max(1, hidden / heads))
        )
    }
}
