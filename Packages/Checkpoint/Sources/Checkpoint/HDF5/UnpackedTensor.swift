// Reads the compressed layout: a tensor's bytes on all cores, or its hash chunk by chunk.
internal import Basics
import Foundation
internal import Hashes

/// The bytes of a compressed tensor, decompressed into page-aligned memory.
struct UnpackedTensor: Sendable {
    private let memory: PageBuffer

    /// Decompresses a tensor on all cores; throws `CheckpointError.damaged`, naming the tensor and the chunk.
    init(_ item: HDF5Item, _ grid: ChunkGrid, in file: MappedFile) throws {
        memory = try PageBuffer(for: item.entry.info, of: file.path)
        // Workers fill disjoint ranges, and all are done before `init` returns.
        nonisolated(unsafe) let target = unsafe memory.bytes
        let workerCount = min(Threads.count, grid.count)
        _ = try parallelMap(workerCount) { worker in
            let decompressor = try HDF5Item.decompressor(in: file)
            for number in stride(from: worker, to: grid.count, by: workerCount) {
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: target[grid.range(number)])
                unsafe try item.unpack(number, grid, in: file, decompressor, into: place)
            }
        }
    }

    /// Gives `body` the bytes.
    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        unsafe try memory.withBytes(body)
    }
}

/// Decompresses pieces of compressed tensors, one at a time; owns the buffers for it.
///
/// Sendable is sound because an unpacker taken from the checkpoint's idle list has only one user.
@safe final class PieceUnpacker: @unchecked Sendable {
    private let file: MappedFile
    private let decompressor: ChunkDecompressor
    private let chunk = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ChunkGrid.maximumByteCount, alignment: 64)
    private var piece = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

    init(_ file: MappedFile) throws {
        self.file = file
        decompressor = try HDF5Item.decompressor(in: file)
    }

    deinit {
        unsafe chunk.deallocate()
        unsafe piece.deallocate()
    }

    /// Gives `body` the bytes `range` of an item; a range of exactly one chunk is not copied.
    func withBytes<R>(
        of item: HDF5Item, _ grid: ChunkGrid, in range: Range<Int>,
        _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard !range.isEmpty else {
            return unsafe try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let numbers = grid.numbers(overlapping: range)
        if numbers.count == 1, grid.range(numbers.lowerBound) == range {
            return unsafe try body(unpack(numbers.lowerBound, of: item, grid))
        }
        if unsafe piece.count < range.count {
            unsafe piece.deallocate()
            unsafe piece = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 64)
        }
        for number in numbers {
            let held = grid.range(number)
            let wanted = held.clamped(to: range)
            let bytes = unsafe try unpack(number, of: item, grid)
            unsafe UnsafeMutableRawBufferPointer(
                rebasing: piece[wanted.lowerBound - range.lowerBound..<wanted.upperBound - range.lowerBound]
            ).copyMemory(
                from: UnsafeRawBufferPointer(
                    rebasing: bytes[wanted.lowerBound - held.lowerBound..<wanted.upperBound - held.lowerBound]
                ))
        }
        return unsafe try body(UnsafeRawBufferPointer(rebasing: piece[..<range.count]))
    }

    private func unpack(_ number: Int, of item: HDF5Item, _ grid: ChunkGrid) throws -> UnsafeRawBufferPointer
    {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: chunk[..<grid.range(number).count])
        unsafe try item.unpack(number, grid, in: file, decompressor, into: target)
        return UnsafeRawBufferPointer(target)
    }
}

extension HDF5Item {
    /// The SHA-256 of the item's current bytes, decompressed chunk by chunk.
    func currentHash(in file: MappedFile) throws -> String {
        guard let grid else { return try file.sha256(of: runs[0]) }
        let decompressor = try Self.decompressor(in: file)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: grid.byteCount, alignment: 64)
        defer { unsafe room.deallocate() }
        var hash = SHA256()
        for number in 0..<grid.count {
            let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<grid.range(number).count])
            unsafe try unpack(number, grid, in: file, decompressor, into: chunk)
            unsafe hash.update(UnsafeRawBufferPointer(chunk))
        }
        return hash.hexadecimal
    }

    /// The SHA-256 of the item's stored bytes, chunk by chunk.
    func currentStoredHash(in file: MappedFile) throws -> String {
        var hash = SHA256()
        for run in runs { unsafe try file.withPiece(in: run) { unsafe hash.update($0) } }
        return hash.hexadecimal
    }

    /// The number of the first chunk that cannot be decompressed, or nil.
    func firstBrokenChunk(_ grid: ChunkGrid, in file: MappedFile) throws -> Int? {
        let decompressor = try Self.decompressor(in: file)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: grid.byteCount, alignment: 64)
        defer { unsafe room.deallocate() }
        for number in 0..<grid.count where !runs[number].isEmpty {
            do {
                let chunk = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<grid.range(number).count])
                unsafe try unpack(number, grid, in: file, decompressor, into: chunk)
            } catch CheckpointError.damaged {
                return number
            }
        }
        return nil
    }

    fileprivate static func decompressor(in file: MappedFile) throws -> ChunkDecompressor {
        do { return try ChunkDecompressor() } catch let problem as ChunkProblem {
            throw CheckpointError.cannotOpen(file: file.path, reason: problem.message)
        }
    }

    fileprivate func unpack(
        _ number: Int, _ grid: ChunkGrid, in file: MappedFile, _ decompressor: ChunkDecompressor,
        into target: UnsafeMutableRawBufferPointer
    ) throws {
        guard !runs[number].isEmpty else {
            // A chunk that a delta leaves out has no difference from the base.
            unsafe _ = target.initializeMemory(as: UInt8.self, repeating: 0)
            return
        }
        do {
            unsafe try file.withPiece(in: runs[number]) {
                unsafe try decompressor.decompress($0, of: grid, into: target)
            }
        } catch let problem as ChunkProblem {
            throw CheckpointError.damaged(
                file: file.path,
                problem:
                    "\(entry.section.rawValue): \(entry.info.name): chunk \(number + 1) of \(grid.count): "
                    + problem.message)
        }
    }
}
