// The memory behind tensors: a block of the pool, or bytes that another object owns, such as a mapped file.

/// A block of memory that one or more tensors share.
///
/// `@unchecked Sendable` holds because a block is written only before it is shared. Parameters and moments,
/// which change in place, have a single owner.
final class Storage: @unchecked Sendable {
    let bytes: UnsafeMutableRawPointer
    /// The size of a block of the pool; nil for memory of `owner`.
    private let blockSize: Int?
    /// Keeps borrowed memory alive, or counts a block that a rehearsal only assumes.
    private let owner: AnyObject?
    /// Whether it holds keys and values, which a rehearsal also counts apart.
    private let isCache: Bool

    /// Memory for `byteCount` bytes, not initialized; in a rehearsal it is counted but not allocated.
    init(byteCount: Int, isCache: Bool = false) {
        let size = MemoryPool.roundedSize(byteCount)
        (blockSize, self.isCache) = (size, isCache)
        if let rehearsal = Rehearsal.current {
            (bytes, owner) = (rehearsal.take(size, isCache: isCache), rehearsal)
            return
        }
        (bytes, owner) = (MemoryPool.block(size).pointer, nil)
    }

    /// Memory for `count` floats, not initialized.
    convenience init(count: Int) { self.init(byteCount: count * MemoryLayout<Float>.stride) }

    /// Memory that `owner` keeps alive, such as a mapped file; read-only.
    init(borrowing bytes: UnsafeRawPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawPointer(mutating: bytes)
        self.owner = owner
        (blockSize, isCache) = (nil, false)
    }

    /// Whether the memory is another object's, such as a mapped file, and must not be written.
    var isBorrowed: Bool { blockSize == nil }

    /// The block as float32 elements.
    var pointer: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }

    deinit {
        guard let size = blockSize else { return }
        if let rehearsal = owner as? Rehearsal { return rehearsal.put(size, isCache: isCache) }
        MemoryPool.put(MemoryPool.Block(pointer: bytes, size: size))
    }
}
