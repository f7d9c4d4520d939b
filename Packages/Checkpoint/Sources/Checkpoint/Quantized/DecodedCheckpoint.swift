// A model whose matrices are stored in few bits, with these matrices in bfloat16.
internal import Basics
internal import CChunks

/// A checkpoint that stores matrices in 8 or 4 bits, which appear in bfloat16.
///
/// So everything that reads tensors reads such a model: comparing, exporting, training, which widens it.
/// `storedCodes(of:)` gives the codes to those who use them. Damage, hashes and the identity are those of the file.
final class DecodedCheckpoint: CheckpointView {
    let source: any CheckpointReader
    let tensors: [TensorInfo]
    let readingNotes: [String]
    private let positions: [NameBytes: Int]
    private let matrices: [NameBytes: StoredCodes]

    /// Presents `source`; returns it unchanged when it stores no codes.
    ///
    /// Throws `CheckpointError.damaged` for codes and scales that do not fit together, and for a matrix that is there
    /// twice.
    static func reading(_ source: any CheckpointReader) throws -> any CheckpointReader {
        let matrices = try source.tensors.compactMap { try StoredCodes($0, in: source) }
        var names: Set<NameBytes> = []
        for matrix in matrices {
            let name = matrix.info.name
            guard names.insert(name.nameBytes).inserted, source.info(name) == nil else {
                throw CheckpointError.damaged(
                    file: source.file(of: matrix.rows.name),
                    problem: "\(matrix.rows.name): the tensor \(name) is there twice, in two forms")
            }
        }
        return matrices.isEmpty ? source : DecodedCheckpoint(source, matrices)
    }

    private init(_ source: any CheckpointReader, _ matrices: [StoredCodes]) {
        self.source = source
        let byRows = Dictionary(uniqueKeysWithValues: matrices.map { ($0.rows.name.nameBytes, $0) })
        let scales = Set(matrices.map(\.scales.name.nameBytes))
        tensors = source.tensors.filter { !scales.contains($0.name.nameBytes) }.map { info in
            byRows[info.name.nameBytes]?.info ?? info
        }
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name.nameBytes, $0) })
        self.matrices = Dictionary(uniqueKeysWithValues: matrices.map { ($0.info.name.nameBytes, $0) })
        let counts = WeightCodes.allCases.compactMap { codes in
            let count = matrices.count { $0.codes == codes }
            return count == 0 ? nil : "\(count) in \(codes)"
        }
        readingNotes =
            source.readingNotes + [
                "its matrices are stored in few bits (\(counts.joined(separator: ", "))); training and conversions widen "
                    + "them to bfloat16"
            ]
    }

    func stored(_ name: String) -> StoredCodes? { matrices[name.nameBytes] }

    var identity: String? { source.identity }

    var formatName: String { "\(source.formatName) with matrices in few bits" }

    func info(_ name: String) -> TensorInfo? { positions[name.nameBytes].map { tensors[$0] } }

    func isMapped(_ name: String) -> Bool { matrices[name.nameBytes] == nil && source.isMapped(name) }

    func recordedHash(of name: String) -> String? {
        matrices[name.nameBytes] == nil ? source.recordedHash(of: name) : nil
    }

    func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let matrix = matrices[name.nameBytes] else {
            return unsafe try source.withBytes(of: name, body)
        }
        return unsafe try withBytes(of: name, in: 0..<matrix.info.byteCount, body)
    }

    /// Gives `body` the bytes `range` of a tensor, widened during the call.
    func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let matrix = matrices[name.nameBytes] else {
            return unsafe try source.withBytes(of: name, in: range, body)
        }
        let size = 2 * matrix.shape[1]
        let rows = range.lowerBound / size..<(range.upperBound + size - 1) / size
        let memory = try PageBuffer(rows.count * size, for: name, of: location)
        unsafe try matrix.withBytes(ofRows: rows) { codes, scales in
            unsafe r1_narrow_rows(
                codes.baseAddress, scales.baseAddress, matrix.codes.number, rows.count, matrix.shape[1],
                memory.bytes.baseAddress)
        }
        let start = range.lowerBound - rows.lowerBound * size
        return unsafe try memory.withBytes { bytes in
            unsafe try body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + range.count]))
        }
    }

    /// Always nil: the split is about the stored tensors.
    var shardPlan: ShardPlan? { nil }
}
