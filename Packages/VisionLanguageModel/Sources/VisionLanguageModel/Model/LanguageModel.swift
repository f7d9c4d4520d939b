// A model of any family: a decoder, its head, and an optional vision tower. It maps a packed batch to hidden
// states or log-probabilities; training (recorded) and inference (plain) run the same code.
internal import Basics
public import ModelFamilies
public import TensorMath

/// The model.
public final class LanguageModel {
    /// Sizes and special ids.
    public let configuration: ModelConfiguration
    /// All weights, in declaration order, under the names in Hugging Face's files.
    public let parameters = ParameterStore()
    /// Images to features; nil for text models.
    let vision: (any VisionTower)?
    /// Embedded tokens to hidden states.
    public let text: TextDecoder
    private let separateHead: Parameter?

    /// Builds the model over weights from `source`.
    ///
    /// - Parameters:
    ///   - configuration: Sizes.
    ///   - source: Returns each weight by name and shape.
    ///   - hasHead: Whether `lm_head.weight` exists; otherwise the embedding table is the head.
    ///   - changes: Gives linear layers their changes of low rank; nil for none.
    /// - Throws: The source's error for a missing or misshapen weight.
    public init(
        _ configuration: ModelConfiguration, source: any ParameterSource, hasHead: Bool,
        changes: (any LowRankSource)? = nil
    ) throws {
        self.configuration = configuration
        let scope = Scope(source, store: parameters, changes: changes)
        let sizes = configuration.text
        vision = try configuration.architecture()?.tower(scope)
        let language = configuration.languageScope.isEmpty ? scope : scope[configuration.languageScope]
        text = try TextDecoder(language["model"], sizes)
        separateHead =
            !hasHead
            ? nil
            : try language["lm_head"].parameter(
                "weight", [sizes.vocabularySize, sizes.hiddenSize], role: .matrix)
    }

    /// Whether backward recomputes every layer's activations instead of storing them.
    ///
    /// Saves memory for about a third more time.
    public var checkpointsGradients: Bool {
        get { text.checkpointsGradients }
        set {
            text.checkpointsGradients = newValue
            vision?.checkpointsGradients = newValue
        }
    }

    /// Checks that there is memory for a recorded pass over this many tokens.
    ///
    /// Counts what each layer of the decoder keeps for backward, without the vision tower, so that nothing is
    /// refused that would have room.
    ///
    /// - Parameters:
    ///   - rowCount: Tokens of the packed batch.
    ///   - advice: What the user can change.
    /// - Throws: `MemoryError` when it needs more than there is.
    public func requireMemory(forBackwardOver rowCount: Int, advice: String) throws {
        let sizes = configuration.text
        let (queries, keys) = (sizes.headCount * sizes.headSize, sizes.keyHeadCount * sizes.headSize)
        let kept =
            checkpointsGradients
            ? sizes.hiddenSize : 4 * sizes.hiddenSize + 2 * queries + 2 * keys + 3 * sizes.intermediateSize
        try AvailableMemory.require(
            [rowCount, kept, sizes.layerCount, MemoryLayout<Float>.size].productIfFits,
            reusable: MemoryStatistics.waitingBytes, "a pass over \(rowCount) tokens needs", advice: advice)
    }

    /// The output head, [V, C]: `lm_head.weight`, or the embedding table when tied.
    public var head: Weight { (separateHead ?? text.embedding.weight).weight }

    /// Embedded tokens, with features in place of image and video tokens, [N, C].
    func embed(_ ids: [Int32], visuals: [VisionInput], visualRows: [Int]) -> Tensor {
        let embedded = text.embedding(ids)
        guard let vision, !visuals.isEmpty else { return embedded }
        return embedded.replacingRows(visualRows, with: vision(visuals))
    }

    /// Final hidden states of a packed batch, [N, C].
    public func hidden(_ batch: PackedBatch) -> Tensor {
        text(
            embed(batch.ids, visuals: batch.visuals, visualRows: batch.visualRows),
            DecoderContext(angles: batch.positions.angles(configuration.text), layout: batch.layout))
    }

    /// Logits of hidden states, [N, V].
    func logits(_ hidden: Tensor) -> Tensor { linear(hidden, head) }

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
