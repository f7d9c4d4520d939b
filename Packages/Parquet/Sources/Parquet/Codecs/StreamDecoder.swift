// Decompresses files of unknown length, such as rows.jsonl.gz.
internal import CCodecs

/// Decompressed bytes of a stream of gzip or zstd, block by block.
public final class StreamDecoder {
    /// A form of compression.
    public enum Form: String, Sendable {
        /// gzip.
        case gzip
        /// zstd.
        case zstd
    }

    /// Data that are not what they should be.
    public struct Fault: Error, CustomStringConvertible {
        /// What is wrong.
        public let description: String
    }

    private let form: Form
    private let stream: OpaquePointer
    /// Whether the last byte so far ended a member or frame: the file may end here.
    public private(set) var isFinished = false

    /// Opens a stream; throws ``Fault`` when there is no memory for it.
    public init(_ form: Form) throws {
        self.form = form
        guard let stream = r1_stream_open(form == .gzip ? R1_GZIP : R1_ZSTD) else {
            throw Fault(description: "there is no memory for the decoder of \(form.rawValue)")
        }
        self.stream = stream
    }

    deinit { r1_stream_close(stream) }

    /// Decodes a block; throws ``Fault`` for damaged data.
    public func decode(_ block: [UInt8]) throws -> [UInt8] {
        var (result, place): ([UInt8], Int) = ([], 0)
        var isFull = false
        while place < block.count || isFull {
            var (used, status) = (0, Int32(0))
            let room = 1 << 18
            let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, made in
                status = block.withUnsafeBufferPointer { block in
                    r1_stream_decode(
                        stream, block.baseAddress.map { $0 + place }, block.count - place, &used,
                        buffer.baseAddress, room, &made)
                }
            }
            guard status >= 0 else { throw Fault(description: "its \(form.rawValue) data are damaged") }
            result += part
            place += used
            isFinished = status == 1
            isFull = part.count == room
            guard used > 0 || !part.isEmpty || isFinished else {
                throw Fault(description: "its \(form.rawValue) data are damaged")
            }
            if isFinished, place == block.count { break }
            if used == 0, part.isEmpty { break }
        }
        return result
    }
}
