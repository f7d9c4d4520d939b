// One stored item of an HDF5 checkpoint: its entry in the manifest and where its bytes are.

/// One stored item and the location of its bytes in the file.
struct HDF5Item: Sendable {
    let entry: ManifestEntry
    let order: Int
    /// One run of bytes, or one for each chunk of the grid.
    let runs: [Range<Int>]
    /// How the item is cut into compressed chunks, or nil when its bytes are stored unchanged.
    let grid: ChunkGrid?
    /// The hash of the stored bytes; only deltas have it.
    var storedHash: String?
    /// Whether the bytes are a difference from those of a delta's base.
    var isAgainstBase = false

    /// From the first stored byte to the last.
    var extent: Range<Int> {
        let stored = runs.filter { !$0.isEmpty }
        return (stored.map(\.lowerBound).min() ?? 0)..<(stored.map(\.upperBound).max() ?? 0)
    }

    /// A copy of the item's bytes, used for side files.
    func bytes(in file: MappedFile) throws -> [UInt8] {
        guard let grid else { return try file.bytes(in: runs[0]) }
        return unsafe try UnpackedTensor(self, grid, in: file).withBytes { unsafe Array($0) }
    }
}

extension StoredDamage {
    /// Damage of an item of an HDF5 file.
    init(_ item: HDF5Item, in bytes: Range<Int>, problem: String) {
        self.init(
            item: "\(item.entry.section.rawValue): \(item.entry.info.name)", bytes: bytes, problem: problem)
    }
}
