// A stored model under the names of another style: this is how a model is loaded, whatever style it came in, how a
// trained one goes back to the style it came from, and how one style is exported as another.
internal import Basics
public import Checkpoint

/// A checkpoint whose tensors appear as a style has them; names, cuts and nothing else are changed.
///
/// A tensor stored contiguously in the source is used in place. One that must be assembled, such as a fused
/// matrix, takes memory while it is used. Side files and training state are unchanged.
public final class StyledCheckpoint: CheckpointView {
    /// The model under its own names.
    public let source: any CheckpointReader
    /// The style of the tensors.
    let style: KeyTable.Style
    /// The table of the model.
    public let table: KeyTable
    /// The tensors that are there, in the order of the model's modules.
    public let tensors: [TensorInfo]
    private let pieces: [[Piece]]
    private let positions: [NameBytes: Int]

    /// Rows of a stored tensor of the source.
    private struct Piece: Sendable {
        let name: String
        var rows: Range<Int>
    }

    /// Shows `source` in a style.
    ///
    /// Throws `CheckpointError` unless the source has exactly the tensors its `config.json` asks for, and
    /// `.unsupported` for a style that the family does not have or one that would fuse tensors of several types.
    public init(
        _ source: any CheckpointReader, style: KeyTable.Style = .hf,
        families: [ModelFamily] = ModelFamily.known
    ) throws {
        let table = try KeyTable.of(source, families: families)
        try table.validate(source)
        guard table.styles.contains(style) else {
            let known = table.styles.map(\.rawValue).joined(separator: ", ")
            throw CheckpointError.unsupported(
                file: source.location,
                problem: "family \(table.family) has no style '\(style.rawValue)'; known: \(known)")
        }
        let origins = Self.origins(source, table.layout(try table.style(of: source)), table.expected.count)
        var tensors: [TensorInfo] = []
        var pieces: [[Piece]] = []
        for stored in table.layout(style) {
            // Only a tensor that may be absent has none: the source was validated.
            guard !stored.runs.contains(where: { origins[$0.tensor].isEmpty }) else { continue }
            let parts = stored.runs.reduce(into: [Piece]()) { parts, run in
                for piece in Self.cut(run.rows, from: origins[run.tensor]) { Self.append(piece, to: &parts) }
            }
            let dtypes = parts.compactMap { source.info($0.name)?.dtype }
            guard let dtype = dtypes.first, dtypes.allSatisfy({ $0 == dtype }) else {
                throw CheckpointError.unsupported(
                    file: source.location,
                    problem: "\(stored.name) would join tensors of several element types: "
                        + parts.map(\.name).joined(separator: ", "))
            }
            tensors.append(TensorInfo(name: stored.name, dtype: dtype, shape: stored.shape))
            pieces.append(parts)
        }
        self.source = source
        self.style = style
        self.table = table
        self.tensors = tensors
        self.pieces = pieces
        positions = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name.nameBytes, $0) })
    }

    /// The source's pieces of each canonical tensor, in row order; empty for an absent tensor.
    private static func origins(
        _ source: any CheckpointReader, _ layout: [StoredTensor], _ count: Int
    ) -> [[(first: Int, piece: Piece)]] {
        var origins = [[(first: Int, piece: Piece)]](repeating: [], count: count)
        for stored in layout where source.info(stored.name) != nil {
            var row = 0
            for run in stored.runs {
                let piece = Piece(name: stored.name, rows: row..<row + run.rows.count)
                origins[run.tensor].append((run.rows.lowerBound, piece))
                row += run.rows.count
            }
        }
        return origins.map { $0.sorted { $0.first < $1.first } }
    }

    /// The part of the source's pieces that holds these rows of a canonical tensor.
    private static func cut(_ rows: Range<Int>, from origins: [(first: Int, piece: Piece)]) -> [Piece] {
        origins.compactMap { first, piece in
            let part = (first..<first + piece.rows.count).clamped(to: rows)
            guard !part.isEmpty else { return nil }
            let start = piece.rows.lowerBound + part.lowerBound - first
            return Piece(name: piece.name, rows: start..<start + part.count)
        }
    }

    /// Appends a piece, merging it with the last one if it continues it.
    private static func append(_ piece: Piece, to parts: inout [Piece]) {
        if let last = parts.last, last.name == piece.name, last.rows.upperBound == piece.rows.lowerBound {
            parts[parts.count - 1].rows = last.rows.lowerBound..<piece.rows.upperBound
        } else {
            parts.append(piece)
        }
    }

    /// The tensor of this name, or nil.
    public func info(_ name: String) -> TensorInfo? { positions[name.nameBytes].map { tensors[$0] } }

    /// Whether the tensor is one run of rows of a mapped one.
    public func isMapped(_ name: String) -> Bool {
        guard let parts = positions[name.nameBytes].map({ pieces[$0] }), parts.count == 1 else {
            return false
        }
        return source.isMapped(parts[0].name)
    }

    /// Gives `body` a tensor's bytes: where they lie, or put together for the call.
    ///
    /// Throws `CheckpointError.missingTensor`, and `.cannotOpen` when there is not enough memory.
    public func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        guard let position = positions[name.nameBytes] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        let (info, parts) = (tensors[position], pieces[position])
        guard parts.count == 1 else {
            return unsafe try withBytes(at: position, in: 0..<info.byteCount, body)
        }
        let start = parts[0].rows.lowerBound * (info.byteCount / max(1, info.shape[0]))
        return unsafe try source.withBytes(of: parts[0].name) { whole in
            unsafe try body(UnsafeRawBufferPointer(rebasing: whole[start..<start + info.byteCount]))
        }
    }

    /// Gives `body` the bytes `range` of a tensor; throws as `withBytes(of:_:)` does.
    public func withBytes<R>(
        of name: String, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let position = positions[name.nameBytes] else {
            throw CheckpointError.missingTensor(key: name, file: location, expected: nil, others: 0)
        }
        return unsafe try withBytes(at: position, in: range, body)
    }

    private func withBytes<R>(
        at position: Int, in range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        let (info, parts) = (tensors[position], pieces[position])
        let rowByteCount = info.byteCount / max(1, info.shape[0])
        /// The parts of the source that hold some of the range, and where they go.
        var wanted: [(name: String, bytes: Range<Int>, start: Int)] = []
        var start = 0
        for part in parts {
            let byteCount = part.rows.count * rowByteCount
            let held = (start..<start + byteCount).clamped(to: range)
            if !held.isEmpty {
                let first = part.rows.lowerBound * rowByteCount + held.lowerBound - start
                wanted.append((part.name, first..<first + held.count, held.lowerBound - range.lowerBound))
            }
            start += byteCount
        }
        if wanted.count <= 1 {
            let (name, bytes, _) = wanted.first ?? (parts[0].name, 0..<0, 0)
            return unsafe try source.withBytes(of: name, in: bytes, body)
        }
        let memory = try PageBuffer(
            for: TensorInfo(name: info.name, dtype: .uint8, shape: [range.count]), of: location)
        for (name, bytes, start) in wanted {
            unsafe try source.withBytes(of: name, in: bytes) { part in
                unsafe UnsafeMutableRawBufferPointer(rebasing: memory.bytes[start...]).copyMemory(from: part)
            }
        }
        return unsafe try memory.withBytes(body)
    }

    /// The hash of the source's tensor where it is the same one under another name, else nil.
    public func recordedHash(of name: String) -> String? {
        guard let position = positions[name.nameBytes], pieces[position].count == 1,
            let whole = source.info(pieces[position][0].name), whole.shape == tensors[position].shape
        else { return nil }
        return source.recordedHash(of: whole.name)
    }

    /// The stored codes of a tensor that is one of the source's; nil for others, which appear widened.
    public func storedCodes(of name: String) -> StoredCodes? {
        guard let position = positions[name.nameBytes], pieces[position].count == 1,
            let whole = source.info(pieces[position][0].name), whole.shape == tensors[position].shape
        else { return nil }
        return source.storedCodes(of: whole.name)
    }

    /// Always nil: a split is about names.
    public var shardPlan: ShardPlan? { nil }
}
