// A whole training step: forward, backward and AdamW of a text model of 98 million weights, in mixed
// precision.
import Basics
import CLimits
import Foundation
import ModelFamilies
import TensorMath
import VisionLanguageModel

/// Qwen2's shape: 10 layers of 768, 12 heads over 2, a tied table of 32,768 tokens.
private let shape = """
    {"model_type": "qwen2", "hidden_size": 768, "intermediate_size": 2560, "num_hidden_layers": 10,
     "num_attention_heads": 12, "num_key_value_heads": 2, "vocab_size": 32768, "rms_norm_eps": 1e-6,
     "rope_theta": 1000000.0, "max_position_embeddings": 4096, "tie_word_embeddings": true}
    """

/// Weights with arbitrary values, which do not affect the time.
private struct FilledWeights: ParameterSource {
    func tensor(named name: String, shape: [Int]) -> Tensor {
        shape.count == 1 ? Tensor(repeating: 1, shape: shape) : filled(shape).scaled(by: 0.05)
    }
}

/// Steps over one sequence of 1,024 tokens, with activations kept and recomputed.
///
/// The work is counted as 6 operations for every weight and token; attention is not counted. Memory is held
/// against what has to exist: master, two moments, gradient and bfloat16 copy of every weight.
func trainingRows() throws -> [Row] {
    let tokens = 1024
    let configuration = try ModelConfiguration(config: Array(shape.utf8), file: "benchmark").computable()
    let model = try LanguageModel(configuration, source: FilledWeights(), hasHead: false)
    let prompt = try Prompt(ids: [1], visuals: [], configuration: configuration)
    // As with the other bfloat16 rows: none if oneDNN has no such product.
    guard let library = r1_direct_create(Int64(tokens), 2560, 768, 1, Int32(Threads.count)) else { return [] }
    let (x, w, c) = (
        [UInt16](repeating: 0x3F80, count: tokens * 768), [UInt16](repeating: 0x3F80, count: 2560 * 768),
        UnsafeMutablePointer<Float>.allocate(capacity: tokens * 2560)
    )
    defer { c.deallocate() }
    let productRate =
        2 * Double(tokens) * 2560 * 768 * 1e-9 / median(of: 15) { r1_direct_run(library, x, w, c) }
    let store = model.parameters
    store.setComputeType(.bfloat16)
    let optimizer = AdamW(store)
    var batch = PackedBatch()
    batch.append(prompt, answers: [(0..<tokens).map { Int32($0 * 31 % 32768) }])
    let weights = [Float](repeating: -1 / Float(tokens), count: tokens)
    let work = 6 * Double(store.elementCount) * Double(tokens) * 1e-9
    let state = Double(store.elementCount) * (4 + 8 + 4 + 2) / 1e9
    return [false, true].flatMap { recomputes in
        model.checkpointsGradients = recomputes
        let step = {
            let gradients = store.gradients { model.logProbabilities(batch).values.weightedSum(weights) }
                .gradients
            optimizer.step(gradients, learningRate: 1e-5)
        }
        step()
        MemoryStatistics.resetPeak()
        let time = median(of: 5, step)
        let kind = recomputes ? ", recomputing" : ""
        return [
            Row(
                name: "training step, \(store.elementCount / 1_000_000) M weights, bfloat16\(kind)",
                value: work / time,
                unit: "GFLOP/s", limit: productRate, limitName: "oneDNN's bfloat16 product",
                goal: recomputes ? nil : 0.6),
            Row(
                name: "training step, memory\(kind)", value: Double(MemoryStatistics.peakBytes) / 1e9,
                unit: "GB",
                limit: state,
                limitName: "weights, moments, gradients", goal: nil),
        ]
    }
}
