// Log-probabilities of given tokens, and entropies, from hidden states in tiles.
//
// The logits of a batch (tokens x vocabulary) are never stored. A tile covers some rows and some of the
// vocabulary. The loop over the vocabulary is the inner one, so that the head is read once per `rowsAtOnce`
// rows, and one product finishes each row of the head's gradient. Backward recomputes the logits.
internal import Basics
internal import CKernels
internal import Foundation

/// Elements of one tile of logits: 16 MiB of float32.
private let tileElements = 1 << 22
/// The most rows of a tile.
private let rowsAtOnce = 1024

/// Log-probabilities of tokens and the entropies of their distributions.
public struct TokenLogProbabilities: Sendable {
    /// log p(target) per row, [N]; recorded when the operands are.
    public let values: Tensor
    /// Entropy of each row's distribution, in nats, [N]; recorded when the operands are.
    public let entropies: Tensor
}

/// `log softmax(hidden head^T / temperature)[target]` and the entropy of the softmax, for each row.
///
/// The element type of the head selects the arithmetic of the products, as in `linear`; the rest is float32.
/// Extra memory is one tile (16 MiB; 24 MiB in bfloat16) and, in backward, the gradients.
///
/// - Parameters:
///   - hidden: [N, C]
///   - head: [V, C], float32 or bfloat16; recorded or not.
///   - targets: [N], each in `0..<V` and not banned.
///   - temperature: Positive; divides the logits.
///   - banned: Tokens whose probability is zero (their logits become minus infinity).
/// - Returns: Log-probabilities and entropies, one per row.
public func tokenLogProbabilities(
    hidden: Tensor, head: Tensor, targets: [Int32], temperature: Float = 1, banned: [Int32] = []
) -> TokenLogProbabilities {
    tokenLogProbabilities(
        hidden: hidden, head: .tensor(head), targets: targets, temperature: temperature, banned: banned)
}

/// The same with a head in any form; `hidden` is not recorded if the head is in few bits.
public func tokenLogProbabilities(
    hidden: Tensor, head: Weight, targets: [Int32], temperature: Float = 1, banned: [Int32] = []
) -> TokenLogProbabilities {
    let (vocabulary, width) = (head.shape[0], head.shape[1])
    if head.isQuantized {
        hidden.requireConstant("log-probabilities of a head in few bits", instead: "another head")
    }
    let n = hidden.rowCount
    require(
        hidden.columnCount == width, "log-probabilities: \(hidden.shape) and head \(head.shape)")
    require(targets.count == n, "log-probabilities: \(targets.count) targets for \(n) rows")
    let forbidden = Set(banned)
    require(
        targets.allSatisfy { $0 >= 0 && $0 < vocabulary && !forbidden.contains($0) },
        "log-probabilities: a target is banned or outside the vocabulary of \(vocabulary)")
    require(
        banned.allSatisfy { $0 >= 0 && $0 < vocabulary },
        "log-probabilities: a banned token is outside the vocabulary of \(vocabulary)")
    require(temperature > 0, "log-probabilities: temperature \(temperature) is not positive")
    func run<Element: ProductElement>(_: Element.Type) -> Tensor {
        let pass = VocabularyPass<Element>(
            hidden: hidden.detached.converted(to: head.computeType), head: head, targets: targets,
            inverse: 1 / temperature, banned: forbidden.sorted())
        let (results, logSums) = pass.forward()
        return results.recorded(summing: [hidden, head.tensor]) { d, needed, sums in
            pass.backward(d, results: results, logSums: logSums, needed: needed, sums: &sums)
        }
    }
    let results = head.computeType == .bfloat16 ? run(UInt16.self) : run(Float.self)
    return TokenLogProbabilities(
        values: results.gatherRows([0]).reshaped([n]), entropies: results.gatherRows([1]).reshaped([n]))
}

private struct VocabularyPass<Element: ProductElement> {
    let hidden: Tensor
    let head: Weight
    let targets: [Int32]
    let inverse: Float
    /// In ascending order.
    let banned: [Int32]

    private var vocabulary: Int { head.shape[0] }
    private var width: Int { head.shape[1] }

    private var hiddenRows: MatrixView<Element> {
        MatrixView(pointer: Element.pointer(hidden), leading: width)
    }

    /// Some rows and some of the vocabulary, with their logits [rows, tokens].
    private struct Tile {
        let rows, tokens: Range<Int>
        /// The tokens' rows of the head.
        let head: MatrixView<Element>
        let logits: UnsafeMutablePointer<Float>

        func row(_ row: Int) -> UnsafeMutablePointer<Float> { logits + row * tokens.count }
    }

    /// Computes the logits tile by tile: along the vocabulary, then along the rows.
    private func forEachTile(_ body: (Tile) -> Void) {
        let n = hidden.rowCount
        let height = max(1, min(n, rowsAtOnce))
        // Rows of a head in few bits, or in bfloat16 for float32 products, are widened, those of a few rows' tile into as much memory as the logits.
        let room = head.tensor == nil ? tileElements / max(1, width) : vocabulary
        let span = max(1, min(vocabulary, tileElements / height, room))
        let scratch = Storage(count: height * span)
        defer { withExtendedLifetime(scratch) {} }
        for first in stride(from: 0, to: n, by: height) {
            for token in stride(from: 0, to: vocabulary, by: span) {
                let rows = head.rows(token..<min(vocabulary, token + span))
                defer { withExtendedLifetime(rows) {} }
                var tokens = MatrixView(pointer: Element.pointer(rows), leading: width)
                let tile = Tile(
                    rows: first..<min(n, first + height), tokens: token..<token + rows.rowCount,
                    head: tokens, logits: scratch.pointer)
                tokens.isTransposed = true
                Element.multiply(
                    tile.rows.count, tile.tokens.count, width, hiddenRows.fromRow(first), tokens, beta: 0,
                    into: tile.logits, leading: tile.tokens.count)
                for id in isRehearsing ? [] : banned where tile.tokens.contains(Int(id)) {
                    for row in 0..<tile.rows.count { tile.row(row)[Int(id) - token] = -.infinity }
                }
                body(tile)
            }
        }
    }

    /// Returns log-probabilities and entropies, [2, N], and the log-sums.
    func forward() -> (results: Tensor, logSums: [Float]) {
        let n = hidden.rowCount
        var known = [RowStatistics](repeating: RowStatistics(), count: n)
        var chosen = [Float](repeating: 0, count: n)
        let scratch = Storage(count: max(1, min(n, rowsAtOnce)) * 3)
        defer { withExtendedLifetime(scratch) {} }
        let statistics = scratch.pointer
        forEachTile { tile in
            let count = tile.tokens.count
            inParallel(tile.rows.count, grain: rowGrain(count)) { slice in
                for row in slice {
                    kernels.vocabulary_statistics(count, inverse, tile.row(row), statistics + row * 3)
                }
            }
            for row in 0..<tile.rows.count {
                let at = tile.rows.lowerBound + row, target = Int(targets[at])
                known[at].add(logSum: statistics[row * 3 + 1], entropy: statistics[row * 3 + 2])
                if tile.tokens.contains(target) {
                    chosen[at] = inverse * tile.row(row)[target - tile.tokens.lowerBound]
                }
            }
        }
        let results = Tensor(shape: [2, n]) { out in
            for row in 0..<n {
                out[row] = Float(Double(chosen[row]) - known[row].logSum)
                out[n + row] = Float(known[row].entropy)
            }
        }
        return (results, known.map { Float($0.logSum) })
    }

    /// With p the softmax and H its entropy:
    /// `d logits = (d_values ([target] - p) - d_entropies p (log p + H)) / temperature`, tile by tile.
    ///
    /// The products add to the head's sum in place.
    func backward(
        _ d: Tensor, results: Tensor, logSums: [Float], needed: [Bool], sums: inout [Tensor?]
    ) {
        let n = hidden.rowCount
        let dHidden = Tensor(repeating: 0, shape: needed[0] ? hidden.shape : [0, width])
        let known = Tensor.takeOwned(&sums[1])
        let dHead = known ?? Tensor(repeating: 0, shape: needed[1] ? head.shape : [0, width])
        let (dValues, dEntropies, entropies) = (d.pointer, d.pointer + n, results.pointer + n)
        forEachTile { tile in
            let (count, first) = (tile.tokens.count, tile.rows.lowerBound)
            Element.withRoom(rounding: tile.logits, tile.rows.count * count) { rounded in
                inParallel(tile.rows.count, grain: rowGrain(count)) { slice in
                    for row in slice {
                        let at = first + row
                        kernels.vocabulary_back(
                            count, inverse, logSums[at], inverse * dValues[at], inverse * dEntropies[at],
                            entropies[at], Int64(targets[at]) - Int64(tile.tokens.lowerBound), tile.row(row))
                        Element.round(tile.row(row), count, into: rounded + row * count)
                    }
                }
                let dLogits = MatrixView(pointer: rounded, leading: count)
                if needed[0] {
                    Element.multiply(
                        tile.rows.count, width, count, dLogits, tile.head, beta: 1,
                        into: dHidden.pointer + first * width, leading: width)
                }
                if needed[1] {
                    var transposed = dLogits
                    transposed.isTransposed = true
                    Element.multiply(
                        count, width, tile.rows.count, transposed, hiddenRows.fromRow(first),
                        beta: first == 0 && known == nil ? 0 : 1,
                        into: dHead.pointer + tile.tokens.lowerBound * width,
                        leading: width)
                }
            }
        }
        if needed[0] { Tensor.add(dHidden, to: &sums[0]) }
        if needed[1] { Tensor.add(dHead, to: &sums[1]) }
    }
}

/// Log-sum and entropy of the softmax of one row, combined from parts of the vocabulary.
private struct RowStatistics {
    private(set) var logSum = -Double.infinity
    /// Mean of the logits under the softmax.
    private var mean = 0.0

    /// `H = log sum exp(v) - E[v]`.
    var entropy: Double { logSum - mean }

    /// Adds the tokens of a tile.
    mutating func add(logSum part: Float, entropy: Float) {
        let part = Double(part)
        // All tokens of the tile are banned.
        guard part > -.infinity || part.isNaN else { return }
        let partMean = part - Double(entropy)
        guard logSum > -.infinity || logSum.isNaN else { return (logSum, mean) = (part, partMean) }
        let top = max(logSum, part)
        let total = top + log(exp(logSum - top) + exp(part - top))
        mean = mean * exp(logSum - total) + partMean * exp(part - total)
        logSum = total
    }
}
