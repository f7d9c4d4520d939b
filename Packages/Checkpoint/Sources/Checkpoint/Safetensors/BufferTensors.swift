// Buffers that some programs save beside the weights. A program computes them anew, so they are no parameters.

/// The last parts of their names, in every release of transformers that saved some.
private let bufferNames: Set<String> = [
    // Rotary embeddings.
    "inv_freq", "original_inv_freq", "cos_cached", "sin_cached", "cos_cache", "sin_cache",
    // Numbers of positions, and the triangle of a causal mask.
    "position_ids", "masked_bias", "causal_mask",
    // The count of a normalization over batches.
    "num_batches_tracked",
]

/// Whether a model's tensor of this name is a buffer and no parameter.
func isBuffer(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return bufferNames.contains(name) }
    return bufferNames.contains(String(name[name.index(after: dot)...]))
}

/// Says that these buffers are left out; nil when there are none.
func bufferNote(_ names: [String]) -> String? {
    guard let first = names.first else { return nil }
    let others = names.count > 1 ? " and \(names.count - 1) more" : ""
    return "left out, buffers that are computed and no parameters: \(first)\(others)"
}
