// Absent keys of config.json: files as five releases of transformers write them, and what these read back.
import Foundation
import ModelFamilies
import TestKit
import Testing

/// A file of one release.
struct SavedConfiguration: Decodable, CustomTestStringConvertible, Sendable {
    /// What the release reads back.
    struct Read: Decodable, Sendable {
        struct Vision: Decodable, Sendable {
            let depth, num_hidden_layers, num_heads, num_attention_heads: Int?
            let hidden_size, intermediate_size: Int
            let spatial_merge_size, temporal_patch_size, window_size, out_hidden_size: Int?
            let tokens_per_second: Double?
            let fullatt_block_indexes, image_size: [Int]?
            let attention_bias, use_qk_norm: Bool?
        }
        let hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, num_key_value_heads: Int
        let vocab_size, max_position_embeddings: Int
        let rms_norm_eps, rope_theta: Double
        let head_dim: Int?
        let image_token_id: Int32?
        let vision: Vision?
    }
    let release, name, config: String
    let read: Read
    var testDescription: String { "\(name) of transformers \(release)" }

    static let all: [SavedConfiguration] = {
        guard let json = try? Fixtures.bytes("configurations/releases.json"),
            let all = try? JSONDecoder().decode([SavedConfiguration].self, from: Data(json))
        else { fatalError("configurations/releases.json is missing or not as expected") }
        return all
    }()
}

@Suite("Absent keys of config.json")
struct DefaultsTests {
    @Test("Every release's files are read as that release reads them", arguments: SavedConfiguration.all)
    func releases(_ saved: SavedConfiguration) throws {
        let model = try ModelConfiguration(config: Array(saved.config.utf8), file: "config.json").computable()
        let (text, read) = (model.text, saved.read)
        #expect(text.hiddenSize == read.hidden_size && text.intermediateSize == read.intermediate_size)
        #expect(text.layerCount == read.num_hidden_layers && text.headCount == read.num_attention_heads)
        #expect(text.keyHeadCount == read.num_key_value_heads && text.vocabularySize == read.vocab_size)
        #expect(text.normEpsilon == read.rms_norm_eps && text.rotary.theta == read.rope_theta)
        #expect(text.maxPositions == read.max_position_embeddings)
        #expect(text.headSize == read.head_dim ?? read.hidden_size / read.num_attention_heads)
        #expect((model.vision == nil) == (read.vision == nil))
        if let id = read.image_token_id { #expect(model.imageTokenID == id) }
        guard let wanted = read.vision else { return }
        #expect(model.vision?.hiddenSize == wanted.hidden_size)
        if let vision = model.vision as? Qwen25VLVisionConfiguration {
            #expect(vision.depth == wanted.depth && vision.headCount == wanted.num_heads)
            #expect(vision.intermediateSize == wanted.intermediate_size)
            #expect(vision.mergeSize == wanted.spatial_merge_size && vision.windowSize == wanted.window_size)
            #expect(vision.temporalPatchSize == wanted.temporal_patch_size)
            #expect(vision.outHiddenSize == wanted.out_hidden_size)
            #expect(vision.fullAttentionBlocks == wanted.fullatt_block_indexes)
            #expect(vision.tokensPerSecond == wanted.tokens_per_second)
        } else {
            let vision = try #require(model.vision as? InternVLVisionConfiguration)
            #expect(vision.depth == wanted.num_hidden_layers)
            #expect(vision.headCount == wanted.num_attention_heads)
            #expect(vision.intermediateSize == wanted.intermediate_size)
            #expect(wanted.image_size == [vision.tileSize, vision.tileSize])
            #expect(vision.hasInputBias == wanted.attention_bias)
            #expect(vision.normalizesQueriesAndKeys == wanted.use_qk_norm)
        }
    }

    @Test("A vision_config of five keys, as transformers 4.49 wrote it, is the whole tower")
    func shortVision() throws {
        let config = """
            {"model_type": "qwen2_5_vl", "hidden_size": 2048, "intermediate_size": 11008,
            "num_attention_heads": 16, "num_hidden_layers": 36, "num_key_value_heads": 2,
            "rope_scaling": {"type": "default", "mrope_section": [16, 24, 24]}, "vocab_size": 151936,
            "tie_word_embeddings": true, "vision_config": {"hidden_size": 1280, "in_chans": 3,
            "out_hidden_size": 2048, "spatial_patch_size": 14, "tokens_per_second": 2}}
            """
        let model = try ModelConfiguration(config: Array(config.utf8), file: "config.json").computable()
        let vision = try #require(model.vision as? Qwen25VLVisionConfiguration)
        #expect(vision.depth == 32 && vision.intermediateSize == 3420 && vision.headCount == 16)
        #expect(vision.patchElementCount == 1176 && vision.mergeSize == 2 && vision.windowSize == 112)
        #expect(vision.fullAttentionBlocks == [7, 15, 23, 31] && vision.tokensPerSecond == 2)
        #expect(model.imageTokenID == 151_655 && model.videoTokenID == 151_656)
        #expect(model.inputOnlyTokenIDs == [151_652, 151_653, 151_654, 151_655, 151_656])
    }

    @Test("OpenGVLab's form has the defaults of OpenGVLab's classes")
    func openGVLab() throws {
        let config = """
            {"model_type": "internvl_chat", "template": "internvl2_5", "ps_version": "v2",
            "llm_config": {"architectures": ["InternLM2ForCausalLM"]}, "vision_config": {}}
            """
        let model = try ModelConfiguration(config: Array(config.utf8), file: "config.json")
        #expect(model.text.vocabularySize == 103_168 && model.text.intermediateSize == 11008)
        #expect(model.text.biases == .init(input: true, output: true) && model.text.maxPositions == 2048)
        let vision = try #require(model.vision as? InternVLVisionConfiguration)
        #expect(vision.depth == 48 && vision.hiddenSize == 3200 && vision.headCount == 25)
        #expect(vision.norm == .rootMeanSquare && vision.normalizesQueriesAndKeys && !vision.hasInputBias)
        // dynamic_image_size is false unless the file says otherwise.
        #expect(vision.tiling?.maxTiles == 1)
    }

    @Test("Sliding windows that begin after the last layer are none")
    func slidingWindow() throws {
        func config(_ first: Int) -> [UInt8] {
            Array(
                #"{"model_type": "qwen2", "num_hidden_layers": 4, "use_sliding_window": true, "max_window_layers": \#(first)}"#
                    .utf8)
        }
        #expect(try ModelConfiguration(config: config(4), file: "c").computable().text.layerCount == 4)
        let error = #expect(throws: ConfigurationError.self) {
            try ModelConfiguration(config: config(3), file: "c").computable()
        }
        #expect(try #require(error).description.contains("use_sliding_window"))
    }
}
