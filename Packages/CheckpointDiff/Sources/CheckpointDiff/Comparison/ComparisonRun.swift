// Compares two models: structure and side files first, then values, piece by piece on all cores.
internal import Basics
public import Checkpoint
internal import ModelFamilies
internal import Synchronization

/// The progress of a comparison.
public struct ComparisonProgress: Sendable {
    /// The bytes of the first model's tensors that are done.
    public let doneByteCount: Int
    /// The bytes of the first model's tensors that will be read.
    public let totalByteCount: Int
}

extension CheckpointComparison {
    /// Compares two models on all cores; memory does not grow with them.
    ///
    /// If tensors differ, their recorded hashes are checked, so that damage is not reported as a difference.
    ///
    /// - Parameters:
    ///   - a: The first model.
    ///   - b: The second model.
    ///   - options: What to compare, and how strictly.
    ///   - progress: Called from time to time on the calling thread.
    /// - Returns: What differs.
    /// - Throws: `CheckpointError` when something cannot be read or does not have its recorded hash.
    public static func compare(
        _ a: any CheckpointReader, _ b: any CheckpointReader,
        _ options: ComparisonOptions = ComparisonOptions(),
        progress: (ComparisonProgress) -> Void = { _ in }
    ) throws -> CheckpointComparison {
        let naming = Naming(a, b)
        let (side, sideB) = (side(a), side(b))
        let b = try naming.map { try StyledCheckpoint(b, style: $0.styleA) } ?? b
        let pairing = try TensorPairing(a, b, options)
        let comparable = pairing.pairs.filter { $0.a.shape == $0.b.shape }
        let sideFiles = try compareSideFiles(a, b, options)
        let reshaped = pairing.pairs.filter { $0.a.shape != $0.b.shape }.map {
            Reshaped(name: $0.a.name, shapeA: $0.a.shape, shapeB: $0.b.shape)
        }
        let renamed = pairing.pairs.compactMap { pair in
            pair.reason.map { Renamed(nameA: pair.a.name, nameB: pair.b.name, reason: $0) }
        }
        let hasDifferentStructure =
            naming != nil || !sideFiles.isEmpty || !reshaped.isEmpty || !pairing.removed.isEmpty
            || !pairing.added.isEmpty
            || renamed.contains { $0.reason != .rule } || comparable.contains { $0.a.dtype != $0.b.dtype }
        var run = ComparisonRun(a, b, comparable, options)
        let endsBeforeValues = options.isQuick && hasDifferentStructure
        if !endsBeforeValues { try run.readAll(progress) }
        try run.checkHashesOfDifferent()
        return CheckpointComparison(
            a: side, b: sideB, naming: naming, tolerances: options.tolerances, removed: pairing.removed,
            added: pairing.added, renamed: renamed, reshaped: reshaped, sideFiles: sideFiles,
            tensors: run.result, stoppedEarly: endsBeforeValues || run.brokeOff)
    }

    private static func side(_ reader: any CheckpointReader) -> Side {
        Side(
            location: reader.location, format: format(reader), tensorCount: reader.tensors.count,
            byteCount: reader.tensorByteCount, identity: reader.identity,
            trainingTensorCount: reader.trainingTensors.count)
    }

    private static func format(_ reader: any CheckpointReader) -> String {
        switch reader {
        case let file as HDF5Checkpoint: "HDF5 \(file.layout.rawValue)"
        case let delta as DeltaCheckpoint: "delta on \(format(delta.base))"
        case is SafetensorsFile: "safetensors file"
        case is SafetensorsDirectory: "directory"
        default: reader.formatName
        }
    }

    private static func compareSideFiles(
        _ a: any CheckpointReader, _ b: any CheckpointReader, _ options: ComparisonOptions
    ) throws -> [SideFileDifference] {
        let names = Set(a.sideFileNames).union(b.sideFileNames).filter { options.selects($0) }
        return try names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap { name in
            let (left, right) = (try a.sideFile(name), try b.sideFile(name))
            guard let difference = SideFileDifference(name, left, right) else { return nil }
            for (reader, bytes) in [(a, left), (b, right)] {
                guard let bytes, let recorded = reader.recordedHash(ofSideFile: name),
                    recorded != sha256(bytes)
                else { continue }
                throw CheckpointError.damaged(
                    file: reader.location, problem: "side file \(name) does not have its recorded SHA-256")
            }
            return difference
        }
    }
}

/// The values of all pairs.
private struct ComparisonRun {
    private let a: any CheckpointReader
    private let b: any CheckpointReader
    private let pairs: [TensorPairing.Pair]
    private let options: ComparisonOptions
    private var statistics: [ElementStatistics]
    private var isRead: [Bool]
    private var isDone: [Bool]
    /// Whether a quick comparison stopped at a difference.
    private(set) var brokeOff = false

    /// Pieces per batch: many, because the cores wait for each other after each batch; few for a quick
    /// comparison, which looks for differences after each batch.
    private var batchLength: Int { options.isQuick ? 64 : 1024 }

    init(
        _ a: any CheckpointReader, _ b: any CheckpointReader, _ pairs: [TensorPairing.Pair],
        _ options: ComparisonOptions
    ) {
        (self.a, self.b, self.pairs, self.options) = (a, b, pairs, options)
        statistics = [ElementStatistics](repeating: ElementStatistics(), count: pairs.count)
        isDone = [Bool](repeating: false, count: pairs.count)
        isRead = isDone
    }

    /// The tensors that were compared, in the order of the first model.
    var result: [TensorDifference] {
        pairs.indices.filter { isDone[$0] }.map { number in
            let pair = pairs[number]
            return TensorDifference(
                name: pair.a.name, nameB: pair.b.name, shape: pair.a.shape, dtypeA: pair.a.dtype,
                dtypeB: pair.b.dtype, place: ModulePath(pair.a.name), statistics: statistics[number],
                wasRead: isRead[number])
        }
    }

    private struct Piece {
        let pair: Int
        let range: Range<Int>
        let isLast: Bool
    }

    /// Reads pair by pair and adds up in this order, independent of the threads.
    mutating func readAll(_ progress: (ComparisonProgress) -> Void) throws {
        var total = 0
        for number in pairs.indices where !isTrusted(number) { total += pairs[number].a.byteCount }
        var done = 0
        var batch: [Piece] = []
        for number in pairs.indices {
            if isTrusted(number) {
                isDone[number] = true
                continue
            }
            let pieces = pairs[number].a.pieces
            isRead[number] = true
            if pieces.isEmpty { isDone[number] = true }
            for (index, range) in pieces.enumerated() {
                batch.append(Piece(pair: number, range: range, isLast: index == pieces.count - 1))
                guard batch.count == batchLength else { continue }
                done += try read(batch)
                progress(ComparisonProgress(doneByteCount: done, totalByteCount: total))
                batch = []
                if options.isQuick && hasDifference {
                    brokeOff = true
                    // The current tensor counts as far as it was read.
                    isDone[number] = true
                    return
                }
            }
        }
        done += try read(batch)
        progress(ComparisonProgress(doneByteCount: done, totalByteCount: total))
    }

    private func isTrusted(_ number: Int) -> Bool {
        guard options.trustsHashes, let hash = a.recordedHash(of: pairs[number].a.name) else { return false }
        return pairs[number].a.dtype == pairs[number].b.dtype
            && hash == b.recordedHash(of: pairs[number].b.name)
    }

    private var hasDifference: Bool {
        pairs.indices.contains { statistics[$0].beyondCount > 0 || pairs[$0].a.dtype != pairs[$0].b.dtype }
    }

    /// Compares pieces on all cores, merges the results, and returns their bytes in the first model.
    private mutating func read(_ batch: [Piece]) throws -> Int {
        let (a, b, pairs, options) = (a, b, pairs, options)
        let parts = try parallelMap(batch.count) { index in
            let (pair, range) = (pairs[batch[index].pair], batch[index].range)
            let (sizeA, sizeB) = (pair.a.dtype.byteCount, pair.b.dtype.byteCount)
            let rangeB = range.lowerBound / sizeA * sizeB..<range.upperBound / sizeA * sizeB
            return unsafe try a.withBytesInPlace(of: pair.a.name, in: range) { bytesA in
                unsafe try b.withBytesInPlace(of: pair.b.name, in: rangeB) { bytesB in
                    unsafe ElementStatistics(
                        bytesA, pair.a.dtype, bytesB, pair.b.dtype, count: range.count / sizeA,
                        options.tolerances)
                }
            }
        }
        for (piece, part) in zip(batch, parts) {
            statistics[piece.pair].merge(part)
            if piece.isLast { isDone[piece.pair] = true }
        }
        return batch.reduce(0) { $0 + $1.range.count }
    }

    /// Throws `CheckpointError.damaged` when a tensor that changed no longer has the hash that its file
    /// records.
    func checkHashesOfDifferent() throws {
        let changed = pairs.indices.filter { isDone[$0] && statistics[$0].changedCount > 0 }
        let (a, b, pairs) = (a, b, pairs)
        _ = try parallelMap(2 * changed.count) { number in
            let pair = pairs[changed[number / 2]]
            let (reader, info) = number % 2 == 0 ? (a, pair.a) : (b, pair.b)
            guard let recorded = reader.recordedHash(of: info.name) else { return }
            guard try reader.currentHash(of: info) == recorded else {
                throw CheckpointError.damaged(
                    file: reader.location, problem: "tensor \(info.name) does not have its recorded SHA-256")
            }
        }
    }
}
