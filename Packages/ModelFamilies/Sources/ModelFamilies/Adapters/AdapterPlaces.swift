// Under which names an adapter knows its base: those of any naming style, whole or from a part of the model on.
internal import Checkpoint

/// How names of an adapter become names of the base.
struct AdapterPlaces {
    /// The style of the base's tensors that the adapter's names are in.
    let style: WeightStyle
    private let prefix: String

    /// What is in front of the names when only a part of the model was trained.
    private static let prefixes = [
        "", "model.", "language_model.", "language_model.model.", "model.language_model.", "vision_tower.",
        "vision_model.", "visual.", "model.visual.", "model.vision_tower.",
    ]

    /// Finds the style and the prefix that know all names, the base's own style first.
    ///
    /// Throws `CheckpointError.extraTensor` for the first name that the best choice does not know.
    init(
        _ changes: AdapterChanges, of adapter: any CheckpointReader, _ table: KeyTable, style own: WeightStyle
    ) throws {
        let names = changes.all.keys.sorted()
        var best: (count: Int, places: (WeightStyle, String)) = (-1, (own, ""))
        for prefix in Self.prefixes {
            for style in [own] + table.styles.filter({ $0 != own }) {
                let count = names.count { table.stored(prefix + $0, style) != nil }
                if count > best.count { best = (count, (style, prefix)) }
            }
        }
        (style, prefix) = best.places
        guard best.count < names.count else { return }
        let stray = names.first { table.stored(prefix + $0, style) == nil } ?? names[0]
        let change = changes.all[stray]
        let parts = [change?.replacement, change?.factors?.first, change?.addedBias].compactMap { $0 }
        throw CheckpointError.extraTensor(
            key: parts.first?.name ?? stray, file: adapter.location, found: parts.first?.shape ?? [])
    }

    /// The base's name for an adapter's.
    func name(_ name: String) -> String { prefix + name }
}
