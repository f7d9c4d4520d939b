// The parts of a stored model.

/// A part of a stored model; manifests and the groups of an HDF5 checkpoint use these names.
enum Section: String, CaseIterable {
    case tensors, training, files, state, shards, index

    /// Tensor names become paths; names of files stay one link.
    var isTree: Bool { self == .tensors || self == .training }
}
