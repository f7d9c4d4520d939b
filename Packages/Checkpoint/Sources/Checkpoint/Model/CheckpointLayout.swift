// How an HDF5 checkpoint stores the bytes of its tensors.

/// The two ways in which an HDF5 checkpoint stores its bytes; Checkpoints/FORMAT.md describes both.
public enum CheckpointLayout: String, CaseIterable, Sendable {
    /// Each tensor is one run of bytes on a page boundary: opened by mapping, nothing is copied.
    case mapped
    /// Chunks of up to a MiB, bytes shuffled, then zstd: smaller files, unpacked when read.
    case compressed
}
