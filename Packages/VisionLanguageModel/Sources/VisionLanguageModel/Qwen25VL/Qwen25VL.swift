// Qwen2.5-VL: a vision tower and a decoder, composed. One packed batch in, hidden states or
// log-probabilities out; the same code runs recorded (training) and plain (inference).
public import ImageInput
public import TensorMath

/// The model.
public final class Qwen25VL {
    /// Sizes and special ids.
    public let configuration: Qwen25VLConfiguration
    /// All weights, in declaration order, under their public names.
    public let parameters = ParameterStore()
    /// Patches to image features.
    public let vision: VisionTower
    /// Embedded tokens to hidden states.
    public let text: TextDecoder
    private let separateHead: Parameter?

    /// Builds the model over weights from `source`.
    ///
    /// - Parameters:
    ///   - configuration: Sizes.
    ///   - source: Gives each weight by public name and shape.
    ///   - hasHead: Whether `lm_head.weight` exists; else the embedding table is the head.
    /// - Throws: What the source throws for a missing or misshapen weight.
    public init(
        _ configuration: Qwen25VLConfiguration, source: any ParameterSource, hasHead: Bool
    ) throws {
        self.configuration = configuration
        let scope = Scope(source, store: parameters)
        vision = try VisionTower(scope["visual"], configuration.vision)
        text = try TextDecoder(scope["model"], configuration.text)
        separateHead =
            !hasHead
            ? nil
            : try scope["lm_head"].parameter(
                "weight", [configuration.text.vocabularySize, configuration.text.hiddenSize])
    }

    /// The output head, [V, C]: `lm_head.weight`, or the embedding table when tied.
    public var head: Tensor { (separateHead ?? text.embedding.weight).tensor }

    /// Embedded tokens with image features in place of the image tokens, [N, C].
    public func embed(_ ids: [Int32], images: [ImagePatches], imageRows: [Int]) -> Tensor {
        let embedded = text.embedding(ids)
        return images.isEmpty ? embedded : embedded.replacingRows(imageRows, with: vision(images))
    }

    /// Final hidden states of a packed batch, [N, C].
    public func hidden(_ batch: PackedBatch) -> Tensor {
        text(
            embed(batch.ids, images: batch.images, imageRows: batch.imageRows),
            DecoderContext(angles: batch.positions.angles(configuration.text), layout: batch.layout))
    }

    /// Logits of hidden states, [N, V].
    public func logits(_ hidden: Tensor) -> Tensor { linear(hidden, head) }

    /// Log-probabilities of the batch's answer tokens, in the order of `batch.targets`.
    ///
    /// - Parameters:
    ///   - batch: Prompts with their answers.
    ///   - temperature: Divides the logits.
    ///   - banned: Tokens whose probability is zero.
    /// - Returns: Log-probabilities and entropies, one per target.
    public func logProbabilities(
        _ batch: PackedBatch, temperature: Float = 1, banned: [Int32] = []
    ) -> TokenLogProbabilities {
        tokenLogProbabilities(
            hidden: hidden(batch).gatherRows(batch.scoredRows), head: head, targets: batch.targets,
            temperature: temperature, banned: banned)
    }
}
