// The bytes of a file or of standard input, a block at a time, decompressed where they are compressed.
internal import Basics
internal import Foundation
internal import Parquet

/// Reads bytes in order.
final class ByteSource {
    /// The bytes of a block.
    static let blockSize = 1 << 20

    private let name: String
    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private var memory: Data?
    private var decoder: StreamDecoder?
    private var pending: [UInt8] = []
    private var isAtEnd = false
    /// Whether the bytes are compressed.
    private(set) var isCompressed = false
    /// Whether the bytes are those of a file, which can be read again.
    var isFile: Bool { ownsDescriptor && !isCompressed }

    /// Opens a file; `-` is standard input.
    ///
    /// Throws ``SampleError``.
    init(_ path: String) throws {
        name = path
        if path == "-" {
            (descriptor, ownsDescriptor) = (0, false)
        } else {
            do {
                (descriptor, _) = try openRegularFile(path)
                ownsDescriptor = true
            } catch let error as FileError {
                throw SampleError.unreadable(file: path, reason: error.reason)
            }
        }
        try detectCompression()
    }

    /// Bytes that are at hand.
    ///
    /// Throws ``SampleError``.
    init(_ bytes: Data, name: String) throws {
        (self.name, descriptor, ownsDescriptor) = (name, -1, false)
        memory = bytes
        try detectCompression()
    }

    deinit { if ownsDescriptor { close(descriptor) } }

    /// Looks at the first bytes without taking them.
    ///
    /// Throws ``SampleError``.
    func peek(_ count: Int) throws -> [UInt8] {
        while pending.count < count, !isAtEnd { try fill() }
        return Array(pending.prefix(count))
    }

    /// The next bytes, about a block; empty at the end.
    ///
    /// Throws ``SampleError``.
    func read() throws -> [UInt8] {
        while pending.isEmpty, !isAtEnd { try fill() }
        defer { pending = [] }
        return pending
    }

    /// All bytes that are left.
    ///
    /// Throws ``SampleError``.
    func readAll(atMost limit: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let block = try read()
            if block.isEmpty { return all }
            all += block
            guard all.count <= limit else {
                throw SampleError.unreadable(
                    file: name,
                    reason:
                        "it has more than \(byteText(limit)), which this form needs in memory; write JSON lines"
                )
            }
        }
    }

    private func detectCompression() throws {
        let start = try peek(4)
        if start.starts(with: [0x1F, 0x8B]) {
            decoder = try StreamDecoder(.gzip)
        } else if start == [0x28, 0xB5, 0x2F, 0xFD] {
            decoder = try StreamDecoder(.zstd)
        } else {
            return
        }
        isCompressed = true
        let compressed = pending
        pending = []
        try decode(compressed)
    }

    private func fill() throws {
        let block = try raw()
        if block.isEmpty {
            isAtEnd = true
            if let decoder, !decoder.isFinished {
                throw SampleError.unreadable(
                    file: name, reason: "its compressed data end early; the file is cut off")
            }
            return
        }
        if decoder == nil { pending += block } else { try decode(block) }
    }

    private func decode(_ block: [UInt8]) throws {
        do { pending += try decoder?.decode(block) ?? [] } catch {
            throw SampleError.unreadable(file: name, reason: "\(error)")
        }
    }

    private func raw() throws -> [UInt8] {
        if let data = memory {
            let block = data.prefix(Self.blockSize)
            memory = data.dropFirst(block.count)
            return [UInt8](block)
        }
        while true {
            var failure: Int32 = 0
            let block = [UInt8](unsafeUninitializedCapacity: Self.blockSize) { buffer, count in
                let got = Foundation.read(descriptor, buffer.baseAddress, Self.blockSize)
                if got < 0 { failure = errno }
                count = max(0, got)
            }
            if failure == EINTR { continue }
            guard failure == 0 else { throw SampleError.unreadable(file: name, reason: systemText(failure)) }
            return block
        }
    }
}
