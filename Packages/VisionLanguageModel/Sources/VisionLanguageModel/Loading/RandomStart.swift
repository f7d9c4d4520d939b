// Random initialization: random weights for a configuration, written as a checkpoint.
//
// Small models are initialized by fan-in. With the public default, normal(0, 0.02) everywhere, the visual
// path of a model of a few million parameters does not start to learn in thousands of steps.
internal import Basics
internal import Checkpoint
internal import Foundation
public import ModelFamilies
internal import StrictJSON
internal import TensorMath
internal import Tokenizer

/// Random weights: a function of (seed, name) alone.
///
/// Matrices are normal with standard deviation `1/sqrt(fan-in)`; those that write to the residual stream
/// (`o_proj`, `down_proj`, `attn.proj`) half of that; the embedding table 0.1; norms 1; biases 0.
struct RandomWeights: ParameterSource {
    private let random: Philox

    /// Weights for one seed.
    init(seed: UInt64) { random = Philox(seed: seed) }

    /// The weight of this name and shape.
    func tensor(named name: String, shape: [Int]) -> Tensor {
        guard shape.count > 1 else { return Tensor(repeating: name.hasSuffix("bias") ? 0 : 1, shape: shape) }
        let fanIn = Float(shape.dropFirst().reduce(1, *))
        let writesResidual = ["o_proj.weight", "down_proj.weight", "attn.proj.weight"].contains {
            name.hasSuffix($0)
        }
        let deviation: Float =
            name.hasSuffix("embed_tokens.weight") ? 0.1 : (writesResidual ? 0.5 : 1) / fanIn.squareRoot()
        let stream = randomStream(name)
        return Tensor(shape: shape) { out in
            for pair in stride(from: 0, to: out.count, by: 2) {
                let radius = (-2 * log(1 - random.uniform(request: stream, sample: 0, position: pair)))
                    .squareRoot()
                let angle = 2 * Double.pi * random.uniform(request: stream, sample: 1, position: pair)
                out[pair] = deviation * Float(radius * cos(angle))
                if pair + 1 < out.count { out[pair + 1] = deviation * Float(radius * sin(angle)) }
            }
        }
    }
}

/// Writes a checkpoint with random weights for the configuration in a folder.
///
/// - Parameters:
///   - folder: Contains config.json and the model's other side files, which are copied; stored weights are not.
///   - path: The checkpoint to write.
///   - seed: Determines the weights.
///   - families: The families to choose from.
/// - Throws: `ModelError` or `CheckpointError` naming the problem.
public func writeRandomModel(
    sideFiles folder: String, to path: String, seed: UInt64, families: [ModelFamily] = ModelFamily.known
) throws {
    let files = try SafetensorsDirectory.sideFiles(in: folder)
    let side = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0.bytes) })
    guard let config = side["config.json"] else {
        throw ModelError.missingSideFile(checkpoint: folder, file: "config.json")
    }
    let configuration = try ModelConfiguration(
        config: config, file: folder + "/config.json", families: families
    ).computable { token in
        // OpenGVLab's layout leaves ids to the tokenizer's files; an id that none of them has is named as missing.
        let listed = side["added_tokens.json"].flatMap { try? OrderedJSON(parsing: $0)[token]?.integer }
        return listed.map { Int32(clamping: $0) } ?? (try? Tokenizer(files: { side[$0] }))?.id(ofToken: token)
    }
    try AvailableMemory.require(
        configuration.weights.map { 4 * $0.shape.reduce(1, *) }.sumIfFits, "the weights need",
        advice: "choose smaller sizes in config.json")
    let model = try LanguageModel(
        configuration, source: RandomWeights(seed: seed), hasHead: !configuration.tiesWordEmbeddings)
    let sizes = model.parameters.all.map { 4 * $0.value.count }
    let writer = try CheckpointWriter(
        path, expectedByteCount: CheckpointWriter.storedByteCount(sizes))
    for parameter in model.parameters.all {
        let info = TensorInfo(name: parameter.name, dtype: .float32, shape: parameter.value.shape)
        try parameter.value.withBytes(as: .float32) { try writer.add(info, bytes: $0) }
    }
    for (name, bytes) in files { try writer.addSideFile(name, bytes) }
    try writer.commit()
}
