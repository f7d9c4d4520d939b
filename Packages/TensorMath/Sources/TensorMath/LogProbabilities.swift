// Log-probabilities of given tokens straight from hidden states, in tiles of rows.
//
// The logits of a batch (tokens x vocabulary) never exist: a tile's logits are made, reduced and dropped,
// and made again in backward.
internal import CKernels

/// Elements of one tile of logits: 16 MiB of float32.
private let tileElements = 1 << 22

/// Log-probabilities of tokens and the entropies of the distributions they were taken from.
public struct TokenLogProbabilities: Sendable {
    /// log p(target) per row, [N]; recorded when the operands are.
    public let values: Tensor
    /// Entropy of each row's distribution, in nats, [N].
    ///
    /// Not differentiated.
    public let entropies: [Float]
}

/// `log softmax(hidden head^T / temperature)[target]` for each row.
///
/// - Parameters:
///   - hidden: [N, C]
///   - head: [V, C]
///   - targets: [N], each in `0..<V` and not banned.
///   - temperature: Positive; divides the logits.
///   - banned: Tokens whose probability is zero (their logits count as minus infinity).
/// - Returns: Log-probabilities and entropies, one per row.
public func tokenLogProbabilities(
    hidden: Tensor, head: Tensor, targets: [Int32], temperature: Float = 1, banned: [Int32] = []
) -> TokenLogProbabilities {
    let n = hidden.rowCount
    require(
        hidden.columnCount == head.columnCount, "log-probabilities: \(hidden.shape) and head \(head.shape)")
    require(targets.count == n, "log-probabilities: \(targets.count) targets for \(n) rows")
    require(
        targets.allSatisfy { $0 >= 0 && $0 < head.rowCount && !banned.contains($0) },
        "log-probabilities: a target is banned or outside the vocabulary of \(head.rowCount)")
    require(temperature > 0, "log-probabilities: temperature \(temperature) is not positive")
    let pass = VocabularyPass(
        hidden: hidden.detached, head: head.detached, targets: targets, inverse: 1 / temperature,
        banned: banned)
    let (values, logSums, entropies) = pass.forward()
    let recorded = values.recorded(from: [hidden, head]) { d, needed in
        pass.backward(d, logSums: logSums, needed: needed)
    }
    return TokenLogProbabilities(values: recorded, entropies: entropies)
}

private struct VocabularyPass {
    let hidden, head: Tensor
    let targets: [Int32]
    let inverse: Float
    let banned: [Int32]

    private var vocabulary: Int { head.rowCount }
    private var width: Int { head.columnCount }

    /// Makes the logits of one tile of rows after another.
    private func forEachTile(_ body: (_ rows: Range<Int>, _ logits: UnsafeMutablePointer<Float>) -> Void) {
        let tile = max(16, min(hidden.rowCount, tileElements / max(1, vocabulary)))
        let scratch = Storage(count: min(tile, max(1, hidden.rowCount)) * vocabulary)
        defer { withExtendedLifetime(scratch) {} }
        let logits = scratch.pointer
        for start in stride(from: 0, to: hidden.rowCount, by: tile) {
            let rows = start..<min(hidden.rowCount, start + tile)
            multiply(
                rows.count, vocabulary, width,
                MatrixView(pointer: hidden.pointer + start * width, leading: width),
                MatrixView(pointer: head.pointer, leading: width, isTransposed: true), into: logits,
                leading: vocabulary)
            for row in 0..<rows.count {
                for id in banned { logits[row * vocabulary + Int(id)] = -.infinity }
            }
            body(rows, logits)
        }
    }

    func forward() -> (values: Tensor, logSums: [Float], entropies: [Float]) {
        let n = hidden.rowCount
        var (logSums, entropies) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n))
        let values = Tensor(shape: [n]) { out in
            forEachTile { rows, logits in
                let scratch = Storage(count: rows.count * 3)
                defer { withExtendedLifetime(scratch) {} }
                let statistics = scratch.pointer
                inParallel(rows.count, grain: rowGrain(vocabulary)) { slice in
                    for row in slice {
                        kernels.vocabulary_statistics(
                            vocabulary, inverse, logits + row * vocabulary, statistics + row * 3)
                    }
                }
                for row in 0..<rows.count {
                    let target = Int(targets[rows.lowerBound + row])
                    logSums[rows.lowerBound + row] = statistics[row * 3 + 1]
                    entropies[rows.lowerBound + row] = statistics[row * 3 + 2]
                    out[rows.lowerBound + row] =
                        inverse * logits[row * vocabulary + target] - statistics[row * 3 + 1]
                }
            }
        }
        return (values, logSums, entropies)
    }

    /// `d logits = d ([target] - p) / temperature`, tile by tile.
    func backward(_ d: Tensor, logSums: [Float], needed: [Bool]) -> [Tensor?] {
        let dHidden = Tensor(shape: hidden.shape, storage: Storage(count: hidden.count))
        let dHead = Tensor(repeating: 0, shape: needed[1] ? head.shape : [0, width])
        forEachTile { rows, logits in
            inParallel(rows.count, grain: rowGrain(vocabulary)) { slice in
                for row in slice {
                    let at = rows.lowerBound + row
                    kernels.vocabulary_back(
                        vocabulary, inverse, logSums[at], inverse * d.pointer[at], Int64(targets[at]),
                        logits + row * vocabulary)
                }
            }
            let dLogits = MatrixView(pointer: logits, leading: vocabulary)
            multiply(
                rows.count, width, vocabulary, dLogits, MatrixView(pointer: head.pointer, leading: width),
                into: dHidden.pointer + rows.lowerBound * width, leading: width)
            if needed[1] {
                multiply(
                    vocabulary, width, rows.count,
                    MatrixView(pointer: logits, leading: vocabulary, isTransposed: true),
                    MatrixView(pointer: hidden.pointer + rows.lowerBound * width, leading: width), beta: 1,
                    into: dHead.pointer, leading: width)
            }
        }
        return [needed[0] ? dHidden : nil, needed[1] ? dHead : nil]
    }
}
