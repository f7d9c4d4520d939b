// The parts of a stored model.

/// A part of a stored model: what a manifest and the groups of an HDF5 checkpoint are named after.
enum Section: String, CaseIterable {
    case tensors, training, files, state, shards, index

    /// Tensor names become paths; names of files stay one link.
    var isTree: Bool { self == .tensors || self == .training }
}
