// The memory that tensors look into: blocks of the pool, or bytes that someone else keeps.
internal import Synchronization

/// A block of memory that one or more tensors look into.
///
/// `@unchecked Sendable` holds because a block is written only by whoever made it, before anyone else sees
/// it; parameters and moments, which do change in place, have a single owner.
final class Storage: @unchecked Sendable {
    let bytes: UnsafeMutableRawPointer
    /// The size of a block of the pool; nil for memory that `owner` keeps.
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

    /// Memory that `owner` keeps, such as a mapped file.
    ///
    /// It must never be written.
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
        if !isKept { block.pointer.deallocate() }
    }
}
