// The memory behind tensors: a block of the pool, or bytes that another object owns, such as a mapped file.
internal import Synchronization

/// A block of memory that one or more tensors share.
///
/// `@unchecked Sendable` holds because a block is written only before it is shared. Parameters and moments,
/// which change in place, have a single owner.
final class Storage: @unchecked Sendable {
    let bytes: UnsafeMutableRawPointer
    /// The size of a block of the pool; nil for memory of `owner`.
    private let blockSize: Int?
    private let owner: AnyObject?

    /// Memory for `byteCount` bytes, not initialized.
    init(byteCount: Int) {
        let size = MemoryPool.roundedSize(byteCount)
        let block = MemoryPool.blocks.withLock { $0.take(size) }
        bytes = block?.pointer ?? MemoryPool.allocate(size)
        blockSize = size
        owner = nil
    }

    /// Memory for `count` floats, not initialized.
    convenience init(count: Int) { self.init(byteCount: count * MemoryLayout<Float>.stride) }

    /// Memory that `owner` keeps alive, such as a mapped file; read-only.
    init(borrowing bytes: UnsafeRawPointer, owner: AnyObject) {
        self.bytes = UnsafeMutableRawPointer(mutating: bytes)
        self.owner = owner
        blockSize = nil
    }

    /// The block as float32 elements.
    var pointer: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }

    deinit {
        guard let size = blockSize else { return }
        let block = MemoryPool.Block(pointer: bytes)
        let isKept = MemoryPool.blocks.withLock { $0.put(block, size) }
        if !isKept { MemoryPool.release(block) }
    }
}
