// A tensor's place in a model, parsed from its public name; reports and heat maps are grouped by it.

/// The part of a model that a tensor belongs to.
public enum ModelPart: String, Sendable, CaseIterable, Codable {
    /// The layers that read images.
    case vision
    /// The layers between image features and the language model: Qwen's merger, InternVL's `mlp1`.
    case connector
    /// The language model with its embedding.
    case language
    /// The output layer, if it has separate weights.
    case head
    /// Everything else.
    case other

    /// Its name for people.
    public var title: String {
        switch self {
        case .vision: "vision tower"
        case .connector: "connector"
        case .language: "language model"
        case .head: "head"
        case .other: "other"
        }
    }
}

/// A tensor's place: part, layer, and what it is inside the layer.
public struct ModulePath: Sendable, Hashable {
    /// The part of the model.
    public let part: ModelPart
    /// The number of the layer, from 0, or nil outside the layers.
    public let layer: Int?
    /// The module inside the layer, or the name without its last part: `self_attn.q_proj`, `visual.patch_embed.proj`.
    public let module: String

    private static let visionWords: Set<Substring> = ["visual", "vision_model", "vision_tower"]
    private static let connectorWords: Set<Substring> = ["merger", "mlp1", "multi_modal_projector"]
    private static let layerWords: Set<Substring> = ["layers", "layer", "blocks", "block", "h"]
    private static let languageWords: Set<Substring> = [
        "language_model", "model", "embed_tokens", "tok_embeddings",
    ]
    /// The last part of names, which says what a tensor is to its module.
    private static let leaves: Set<Substring> = ["weight", "bias"]

    /// Reads a public name of Qwen2.5-VL, InternVL or a text model, in any of their styles.
    public init(_ name: String) {
        var words = name.split(separator: ".")
        part = Self.part(words)
        if words.count > 1, let last = words.last, Self.leaves.contains(last) { words.removeLast() }
        let place = words.indices.dropLast().first {
            Self.layerWords.contains(words[$0]) && words[$0 + 1].allSatisfy(\.isNumber)
        }
        let number = place.flatMap { Int(words[$0 + 1]) }
        guard let place, let number, part != .connector else {
            layer = nil
            module = words.joined(separator: ".")
            return
        }
        layer = number
        let inner = words[(place + 2)...].joined(separator: ".")
        module = inner.isEmpty ? String(words[place]) : inner
    }

    /// A place that was put together.
    public init(part: ModelPart, layer: Int?, module: String) {
        (self.part, self.layer, self.module) = (part, layer, module)
    }

    /// The place for people.
    public var title: String { layer.map { "\(part.title) layer \($0), \(module)" } ?? module }

    private static func part(_ words: [Substring]) -> ModelPart {
        if words.contains(where: connectorWords.contains) { return .connector }
        if words.contains(where: visionWords.contains) { return .vision }
        // InternLM2 calls its head `output`; inside layers that word is something else.
        let stem = words.dropLast()
        if words.contains("lm_head") || stem.last == "output" && !stem.contains(where: layerWords.contains) {
            return .head
        }
        return words.contains(where: languageWords.contains) ? .language : .other
    }
}
