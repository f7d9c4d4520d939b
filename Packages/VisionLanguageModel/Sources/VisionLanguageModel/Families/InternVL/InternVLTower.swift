// InternViT and the connector of InternVL: tiles to tokens.
//
// Each tile is a separate sequence: a class token and its patches, with learned positions. After the blocks
// the class token is dropped, each square of patches becomes one row, and a small MLP maps the rows to the
// language model's width. N rows of all tiles, C hidden size of the tower.
internal import Basics
public import ModelFamilies
public import TensorMath

/// The norm of a block, of the kind that the tower uses.
enum VisionNorm {
    case layer(LayerNorm)
    case rootMeanSquare(RMSNorm)

    init(_ scope: Scope, _ sizes: InternVLVisionConfiguration) throws {
        let epsilon = Float(sizes.normEpsilon)
        switch sizes.norm {
        case .layer: self = .layer(try LayerNorm(scope, size: sizes.hiddenSize, epsilon: epsilon))
        case .rootMeanSquare:
            self = .rootMeanSquare(try RMSNorm(scope, size: sizes.hiddenSize, epsilon: epsilon))
        }
    }

    func callAsFunction(_ xNC: Tensor) -> Tensor {
        switch self {
        case .layer(let norm): norm(xNC)
        case .rootMeanSquare(let norm): norm(xNC)
        }
    }
}

/// One block's attention, bidirectional inside each tile.
final class InternVLVisionAttention {
    let query, key, value, projection: Linear
    /// Norms over all heads together, before they are split; nil in InternViT-300M.
    let queryNorm, keyNorm: RMSNorm?
    let heads: AttentionHeads

    init(_ scope: Scope, _ sizes: InternVLVisionConfiguration) throws {
        let c = sizes.hiddenSize
        heads = AttentionHeads(queryCount: sizes.headCount, keyCount: sizes.headCount, size: sizes.headSize)
        query = try Linear(scope["q_proj"], from: c, to: c, hasBias: sizes.hasInputBias)
        key = try Linear(scope["k_proj"], from: c, to: c, hasBias: sizes.hasInputBias)
        value = try Linear(scope["v_proj"], from: c, to: c, hasBias: sizes.hasInputBias)
        projection = try Linear(scope["projection_layer"], from: c, to: c, hasBias: true)
        func norm(_ name: String) throws -> RMSNorm? {
            guard sizes.normalizesQueriesAndKeys else { return nil }
            return try RMSNorm(scope[name], size: c, epsilon: Float(sizes.normEpsilon))
        }
        (queryNorm, keyNorm) = (try norm("q_norm"), try norm("k_norm"))
    }

    func callAsFunction(_ xNC: Tensor, layout: AttentionLayout) -> Tensor {
        let x = query.operand(xNC)
        let (q, k) = (query(x), key(x))
        return projection(
            attention(
                queryNorm?(q) ?? q, keyNorm?(k) ?? k, value(x), heads: heads, layout: layout,
                in: query.computeType))
    }
}

/// One block: the outputs of attention and MLP are scaled column by column before they are added.
final class InternVLVisionBlock {
    let norm1, norm2: VisionNorm
    let attention: InternVLVisionAttention
    let first, second: Linear
    let scale1, scale2: Parameter

    init(_ scope: Scope, _ sizes: InternVLVisionConfiguration) throws {
        let c = sizes.hiddenSize
        norm1 = try VisionNorm(scope["layernorm_before"], sizes)
        norm2 = try VisionNorm(scope["layernorm_after"], sizes)
        attention = try InternVLVisionAttention(scope["attention"], sizes)
        (scale1, scale2) = (try scope.parameter("lambda_1", [c]), try scope.parameter("lambda_2", [c]))
        first = try Linear(scope["mlp"]["fc1"], from: c, to: sizes.intermediateSize, hasBias: true)
        second = try Linear(scope["mlp"]["fc2"], from: sizes.intermediateSize, to: c, hasBias: true)
    }

    func mlp(_ xNC: Tensor) -> Tensor { second(gelu(first(xNC))) }

    func callAsFunction(_ xNC: Tensor, layout: AttentionLayout) -> Tensor {
        let h = xNC + attention(norm1(xNC), layout: layout).scalingColumns(by: scale1.tensor)
        return h + mlp(norm2(h)).scalingColumns(by: scale2.tensor)
    }
}

/// Embeds the patches of tiles, with class token and positions.
final class InternVLEmbeddings {
    let sizes: InternVLVisionConfiguration
    let classToken, positions, patchWeight, patchBias: Parameter

    init(_ scope: Scope, _ sizes: InternVLVisionConfiguration) throws {
        self.sizes = sizes
        let (c, patches) = (sizes.hiddenSize, sizes.gridSize * sizes.gridSize)
        classToken = try scope.parameter("cls_token", [1, 1, c])
        positions = try scope.parameter("position_embeddings", [1, patches + 1, c])
        let projection = scope["patch_embeddings"]["projection"]
        patchWeight = try projection.parameter(
            "weight", [c, 3, sizes.patchSize, sizes.patchSize], role: .matrix)
        patchBias = try projection.parameter("bias", [c])
    }

    /// - Parameters:
    ///   - pixels: [tiles, 3, side, side].
    ///   - tileCount: Number of tiles.
    ///   - grid: Patches along a side.
    /// - Returns: [tiles * (1 + grid * grid), C]
    func callAsFunction(_ pixels: [Float], tileCount: Int, grid: Int) -> Tensor {
        let (c, rows) = (sizes.hiddenSize, 1 + grid * grid)
        let kernel = patchWeight.tensor.reshaped([c, patchWeight.shape.reduce(1, *) / c])
        let patches = linear(
            patchRows(pixels, tileCount: tileCount, grid: grid, side: sizes.patchSize), kernel,
            patchBias.tensor)
        let starts = (0..<tileCount).map { $0 * rows }
        let classRows = classToken.tensor.reshaped([1, c]).gatherRows(starts.map { _ in 0 })
        let tokens = Tensor(repeating: 0, shape: [tileCount * rows, c])
            .replacingRows(starts, with: classRows)
            .replacingRows(starts.flatMap { $0 + 1..<$0 + rows }, with: patches)
        return tokens + positionTable(grid: grid).gatherRows(starts.flatMap { _ in 0..<rows })
    }

    /// The learned positions for a grid, interpolated when the grid differs from the trained one.
    private func positionTable(grid: Int) -> Tensor {
        let (known, c) = (sizes.gridSize, sizes.hiddenSize)
        let table = positions.tensor.reshaped([1 + known * known, c])
        guard grid != known else { return table }
        // Bicubic weights along rows and columns multiply: one matrix maps known patches to wanted ones.
        let line = bicubicWeights(from: known, to: grid)
        let weights = Tensor(shape: [1 + grid * grid, 1 + known * known]) { out in
            out.initialize(repeating: 0)
            out[0] = 1  // The class token keeps its place.
            line.withElements { line in
                for (to, from) in product(grid * grid, known * known) {
                    let row = line[to / grid * known + from / known]
                    let column = line[to % grid * known + from % known]
                    out[(1 + to) * (1 + known * known) + 1 + from] = row * column
                }
            }
        }
        return table.mixingRows(weights)
    }
}

/// All pairs from two ranges that start at zero.
private func product(_ a: Int, _ b: Int) -> some Sequence<(Int, Int)> {
    (0..<a * b).lazy.map { ($0 / b, $0 % b) }
}

/// Tiles [tiles, 3, side, side] cut into rows (color, row, column) of one patch each, row by row.
func patchRows(_ pixels: [Float], tileCount: Int, grid: Int, side: Int) -> Tensor {
    let (plane, width) = (grid * side * grid * side, grid * side)
    return Tensor(shape: [tileCount * grid * grid, 3 * side * side]) { out in
        guard let to = out.baseAddress else { return }
        pixels.withUnsafeBufferPointer { pixels in
            guard let from = pixels.baseAddress else { return }
            // One line of a patch at a time.
            for line in 0..<tileCount * grid * grid * 3 * side {
                let (patch, rest) = line.quotientAndRemainder(dividingBy: 3 * side)
                let (color, y) = rest.quotientAndRemainder(dividingBy: side)
                let (tile, place) = patch.quotientAndRemainder(dividingBy: grid * grid)
                let top = place / grid * side + y, left = place % grid * side
                (to + line * side).update(
                    from: from + (3 * tile + color) * plane + top * width + left, count: side)
            }
        }
    }
}

/// The order of patches that merge into rows: squares of `merge` x `merge`, row by row inside and outside.
///
/// - Parameters:
///   - grid: Patches along a side of a tile.
///   - merge: Patches along a side of a square.
///   - transposed: Whether the squares are taken column by column (the first version of the shuffle).
/// - Returns: [grid * grid] patch numbers.
func shuffledPatches(grid: Int, merge: Int, transposed: Bool) -> [Int] {
    let side = grid / merge
    return (0..<side * side).flatMap { square in
        let (i, j) = transposed ? (square % side, square / side) : (square / side, square % side)
        return (0..<merge * merge).map { (i * merge + $0 / merge) * grid + j * merge + $0 % merge }
    }
}

/// Maps merged patches to the language model's width.
final class InternVLConnector {
    let norm: LayerNorm
    let first, second: Linear

    init(_ scope: Scope, _ sizes: InternVLVisionConfiguration) throws {
        let (merged, hidden) = (sizes.hiddenSize * sizes.mergeSize * sizes.mergeSize, sizes.outputSize)
        norm = try LayerNorm(scope["layer_norm"], size: merged, epsilon: 1e-5)
        first = try Linear(scope["linear_1"], from: merged, to: hidden, hasBias: true)
        second = try Linear(scope["linear_2"], from: hidden, to: hidden, hasBias: true)
    }

    func callAsFunction(_ xNC: Tensor) -> Tensor { second(gelu(first(norm(xNC)))) }
}

/// InternViT with its connector.
public final class InternVLTower: VisionTower {
    /// Sizes.
    let sizes: InternVLVisionConfiguration
    /// Whether backward recomputes a block's activations instead of storing them.
    public var checkpointsGradients = false
    let embeddings: InternVLEmbeddings
    let blocks: [InternVLVisionBlock]
    let connector: InternVLConnector

    /// Takes `vision_tower` and `multi_modal_projector` from the scope.
    public init(_ scope: Scope, _ sizes: InternVLVisionConfiguration) throws {
        self.sizes = sizes
        let tower = scope["vision_tower"]
        embeddings = try InternVLEmbeddings(tower["embeddings"], sizes)
        let layers = tower["encoder"]["layer"]
        blocks = try (0..<sizes.depth).map { try InternVLVisionBlock(layers[$0], sizes) }
        connector = try InternVLConnector(scope["multi_modal_projector"], sizes)
    }

    /// The hidden states of class token and patches after the last block used.
    ///
    /// - Parameters:
    ///   - pixels: [tiles, 3, side, side]
    ///   - tileCount: Number of tiles.
    ///   - grid: Patches along a side.
    /// - Returns: [tiles * (1 + grid * grid), C]
    func states(_ pixels: [Float], tileCount: Int, grid: Int) -> Tensor {
        let rows = 1 + grid * grid
        let layout = AttentionLayout(boundaries: (0...tileCount).map { $0 * rows }, isCausal: false)
        var h = embeddings(pixels, tileCount: tileCount, grid: grid)
        for block in blocks.dropLast(sizes.unusedBlocks) {
            h = checkpointed(h, if: checkpointsGradients) { block($0, layout: layout) }
        }
        return h
    }

    /// The patches of each square as one row, without class tokens: [tokens, C * merge * merge].
    func merged(_ states: Tensor, tileCount: Int, grid: Int) -> Tensor {
        let order = shuffledPatches(grid: grid, merge: sizes.mergeSize, transposed: sizes.transposesTokens)
        let rows = (0..<tileCount).flatMap { tile in order.map { tile * (1 + grid * grid) + 1 + $0 } }
        let width = sizes.hiddenSize * sizes.mergeSize * sizes.mergeSize
        return states.gatherRows(rows).reshaped([rows.count * sizes.hiddenSize / width, width])
    }

    /// Features of the tiles, one row per token, in order.
    public func callAsFunction(_ inputs: [VisionInput]) -> Tensor {
        let side = inputs.first?.pixels.shape.last ?? sizes.tileSize
        require(
            inputs.allSatisfy { $0.pixels.shape.dropFirst() == [3, side, side] },
            "InternVL reads tiles of one size in a batch")
        let count = inputs.reduce(0) { $0 + $1.pixels.shape[0] }
        let grid = side / sizes.patchSize
        let states = states(inputs.flatMap(\.pixels.values), tileCount: count, grid: grid)
        return connector(merged(states, tileCount: count, grid: grid))
    }
}
