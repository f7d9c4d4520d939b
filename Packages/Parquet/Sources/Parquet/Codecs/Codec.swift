// The compression of pages.
internal import CCodecs

/// A form of compression, by its number in the format.
enum Codec: Int64 {
    case uncompressed = 0, snappy = 1, gzip = 2, brotli = 4, zstd = 6, lz4Raw = 7

    /// The codec of a number; throws ``ParquetError`` that names one that is not read.
    init(number: Int64) throws(ParquetError) {
        guard let codec = Codec(rawValue: number) else {
            let name = [3: "LZO", 5: "LZ4 in Hadoop's framing"][number] ?? "number \(number)"
            throw ParquetError(
                "its pages are compressed with \(name), which is not read; write them with snappy, gzip, brotli, zstd or LZ4_RAW"
            )
        }
        self = codec
    }

    /// Decompresses a block to exactly `size` bytes; throws ``ParquetError`` for damaged data.
    func decompress(_ block: UnsafeRawBufferPointer, size: Int) throws(ParquetError) -> [UInt8] {
        if self == .uncompressed {
            guard block.count == size else {
                throw ParquetError("a page of \(block.count) bytes, said to be \(size)")
            }
            return Array(block)
        }
        let form: r1_codec =
            switch self {
            case .snappy: R1_SNAPPY
            case .gzip: R1_GZIP
            case .brotli: R1_BROTLI
            case .lz4Raw: R1_LZ4_RAW
            case .zstd, .uncompressed: R1_ZSTD
            }
        if size == 0, block.isEmpty { return [] }
        var status: Int32 = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: max(size, 1)) { buffer, count in
            let input = block.bindMemory(to: UInt8.self)
            status = r1_decompress(form, input.baseAddress, input.count, buffer.baseAddress, size)
            count = status == 0 ? size : 0
        }
        guard status == 0 else { throw ParquetError("a page whose \(self) data are damaged") }
        return bytes
    }
}
