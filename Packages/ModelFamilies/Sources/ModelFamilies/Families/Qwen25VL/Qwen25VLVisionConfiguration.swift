// The vision tower of Qwen2.5-VL: its sizes and its weights.

/// Sizes of the vision tower of Qwen2.5-VL.
public struct Qwen25VLVisionConfiguration: VisionConfiguration, Equatable {
    /// Number of blocks.
    public let depth: Int
    /// Width of the residual stream.
    public let hiddenSize: Int
    /// Width of the MLP.
    public let intermediateSize: Int
    /// Attention heads.
    public let headCount: Int
    /// Width of the language model that the merger feeds.
    public let outHiddenSize: Int
    /// Channels of a pixel.
    let channelCount: Int
    /// Side of a patch in pixels.
    public let patchSize: Int
    /// Frames per patch.
    public let temporalPatchSize: Int
    /// Patches per side that merge into one token.
    public let mergeSize: Int
    /// Side of an attention window in pixels.
    public let windowSize: Int
    /// Blocks that attend over the whole frame instead of windows.
    public let fullAttentionBlocks: [Int]
    /// Positions that pass in a second of video; the class's 4 when the file says nothing, though the hub's files say 2.
    public let tokensPerSecond: Double

    /// Elements of one flattened patch: channels x frames x side x side.
    public var patchElementCount: Int { channelCount * temporalPatchSize * patchSize * patchSize }
    /// Elements per head.
    public var headSize: Int { hiddenSize / headCount }
    /// The tower and its merger.
    public var prefixes: [String] { ["visual."] }
    /// The merger.
    public var connectorPrefix: String { "visual.merger." }

    /// Reads `vision_config`; `textSize` is the width of the language model.
    ///
    /// Absent keys have the defaults of `Qwen2_5_VLVisionConfig`, which all releases of transformers from 4.49 to 5.24
    /// share; 4.49 wrote only the keys that differ from them.
    init(_ config: ConfigurationReader, textSize: Int, _ obstacles: inout Obstacles) throws {
        depth = try config.count("depth", default: 32, atMost: 10_000)
        hiddenSize = try config.count("hidden_size", default: 3584)
        intermediateSize = try config.count("intermediate_size", default: 3420)
        outHiddenSize = try config.count("out_hidden_size", default: 3584)
        channelCount = try config.count("in_channels", or: "in_chans", default: 3)
        patchSize = try config.count("patch_size", default: 14)
        temporalPatchSize = try config.count("temporal_patch_size", default: 2)
        mergeSize = try config.count("spatial_merge_size", default: 2)
        headCount = try obstacles.record(or: 1) { try config.count("num_heads", default: 16) }
        windowSize = try obstacles.record(or: 1) { try config.count("window_size", default: 112) }
        fullAttentionBlocks = try obstacles.record(or: []) {
            try config.integers("fullatt_block_indexes") ?? [7, 15, 23, 31]
        }
        tokensPerSecond = try obstacles.record(or: 4) {
            try config.positive("tokens_per_second", atMost: 1e6) ?? 4
        }
        try obstacles.record(or: ()) { try check(config, textSize) }
    }

    /// Throws unless the sizes fit each other and the language model.
    private func check(_ config: ConfigurationReader, _ textSize: Int) throws {
        try config.expect(channelCount == 3, "in_channels", "3")
        _ = try config.choice("hidden_act", of: ["silu"], default: "silu")
        try config.expect(
            hiddenSize % headCount == 0 && headSize % 4 == 0, "hidden_size",
            "a multiple of 4 for each of \(headCount) heads")
        try config.expect(
            outHiddenSize == textSize, "out_hidden_size", "the language model's hidden_size \(textSize)",
            found: config.value("out_hidden_size") == nil ? "nothing, which means 3584" : "\(outHiddenSize)")
        try config.expect(
            windowSize / patchSize / mergeSize > 0, "window_size",
            "at least \(patchSize * mergeSize), a merged patch")
    }

    /// The weights of tower and merger.
    public var weights: [ExpectedTensor] {
        let merged = hiddenSize * mergeSize * mergeSize
        var list = [
            ExpectedTensor(
                "visual.patch_embed.proj.weight",
                [hiddenSize, channelCount, temporalPatchSize, patchSize, patchSize])
        ]
        for block in 0..<depth {
            let name = "visual.blocks.\(block)"
            list += ["norm1", "norm2"].map { ExpectedTensor("\(name).\($0).weight", [hiddenSize]) }
            list += .linear("\(name).attn.qkv", from: hiddenSize, to: 3 * hiddenSize)
            list += .linear("\(name).attn.proj", from: hiddenSize, to: hiddenSize)
            list += .linear("\(name).mlp.gate_proj", from: hiddenSize, to: intermediateSize)
            list += .linear("\(name).mlp.up_proj", from: hiddenSize, to: intermediateSize)
            list += .linear("\(name).mlp.down_proj", from: intermediateSize, to: hiddenSize)
        }
        list.append(ExpectedTensor("visual.merger.ln_q.weight", [hiddenSize]))
        list += .linear("visual.merger.mlp.0", from: merged, to: merged)
        list += .linear("visual.merger.mlp.2", from: merged, to: outHiddenSize)
        return list
    }
}
