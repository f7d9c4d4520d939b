// The vision tower of Qwen2.5-VL: patches to tokens, with window attention and a merger.
//
// N patches, C hidden size of the tower.
public import ModelFamilies
public import TensorMath

/// One block's attention: fused query, key and value with bias, bidirectional inside each segment.
final class Qwen25VLVisionAttention {
    let queryKeyValue, projection: Linear
    let heads: AttentionHeads

    init(_ scope: Scope, _ sizes: Qwen25VLVisionConfiguration) throws {
        heads = AttentionHeads(queryCount: sizes.headCount, keyCount: sizes.headCount, size: sizes.headSize)
        queryKeyValue = try Linear(
            scope["qkv"], from: sizes.hiddenSize, to: 3 * sizes.hiddenSize, hasBias: true)
        projection = try Linear(scope["proj"], from: sizes.hiddenSize, to: sizes.hiddenSize, hasBias: true)
    }

    func callAsFunction(_ xNC: Tensor, angles: RotaryAngles, layout: AttentionLayout) -> Tensor {
        let (fused, c) = (queryKeyValue(xNC), xNC.columnCount)
        let q = rotary(fused.columns(0..<c), angles, headSize: heads.size)
        let k = rotary(fused.columns(c..<2 * c), angles, headSize: heads.size)
        let v = fused.columns(2 * c..<3 * c)
        return projection(
            attention(q, k, v, heads: heads, layout: layout, in: queryKeyValue.computeType))
    }
}

/// One block of the tower.
final class Qwen25VLVisionBlock {
    let norm1, norm2: RMSNorm
    let attention: Qwen25VLVisionAttention
    let mlp: GatedMLP

    init(_ scope: Scope, _ sizes: Qwen25VLVisionConfiguration) throws {
        norm1 = try RMSNorm(scope["norm1"], size: sizes.hiddenSize, epsilon: 1e-6)
        norm2 = try RMSNorm(scope["norm2"], size: sizes.hiddenSize, epsilon: 1e-6)
        attention = try Qwen25VLVisionAttention(scope["attn"], sizes)
        mlp = try GatedMLP(scope["mlp"], from: sizes.hiddenSize, to: sizes.intermediateSize, hasBias: true)
    }

    func callAsFunction(_ xNC: Tensor, angles: RotaryAngles, layout: AttentionLayout) -> Tensor {
        let h = xNC + attention(norm1(xNC), angles: angles, layout: layout)
        return h + mlp(norm2(h))
    }
}

/// Merges four patches into one token of the language model's width.
final class PatchMerger {
    let norm: RMSNorm
    let first, second: Linear
    private let width: Int

    init(_ scope: Scope, _ sizes: Qwen25VLVisionConfiguration) throws {
        width = sizes.hiddenSize * sizes.mergeSize * sizes.mergeSize
        norm = try RMSNorm(scope["ln_q"], size: sizes.hiddenSize, epsilon: 1e-6)
        first = try Linear(scope["mlp"][0], from: width, to: width, hasBias: true)
        second = try Linear(scope["mlp"][2], from: width, to: sizes.outHiddenSize, hasBias: true)
    }

    func callAsFunction(_ xNC: Tensor) -> Tensor {
        second(gelu(first(norm(xNC).reshaped([xNC.count / width, width]))))
    }
}

/// The whole tower.
public final class Qwen25VLTower: VisionTower {
    /// Sizes.
    let sizes: Qwen25VLVisionConfiguration
    /// Whether backward recomputes a block's activations instead of storing them.
    public var checkpointsGradients = false
    let patchProjection: Parameter
    let blocks: [Qwen25VLVisionBlock]
    let merger: PatchMerger

    /// Takes `patch_embed.proj`, `blocks.N` and `merger` from the scope.
    public init(_ scope: Scope, _ sizes: Qwen25VLVisionConfiguration) throws {
        self.sizes = sizes
        patchProjection = try scope["patch_embed"]["proj"].parameter(
            "weight", [sizes.hiddenSize, 3, sizes.temporalPatchSize, sizes.patchSize, sizes.patchSize])
        blocks = try (0..<sizes.depth).map { try Qwen25VLVisionBlock(scope["blocks"][$0], sizes) }
        merger = try PatchMerger(scope["merger"], sizes)
    }

    /// Features of all images and videos, one row per merged token, in order.
    ///
    /// The steps of a video never attend to each other here: windows and full attention stay within a step.
    ///
    /// - Parameter inputs: Preprocessed images and videos.
    /// - Returns: [tokens, outHiddenSize]
    public func callAsFunction(_ inputs: [VisionInput]) -> Tensor {
        let merge = sizes.mergeSize
        let grid = Qwen25VLGrid(
            inputs.flatMap(\.runs).map { run in
                guard let grid = run.grid else { fatalError("Qwen2.5-VL reads grids of patches") }
                return (grid.steps, grid.rows * merge, grid.columns * merge)
            }, sizes)
        let order = grid.patchOrder(sizes)
        let angles = grid.angles(sizes).gatherRows(order)
        let windows = AttentionLayout(boundaries: grid.windowBoundaries, isCausal: false)
        let frames = AttentionLayout(boundaries: grid.frameBoundaries, isCausal: false)
        let patches = Tensor(
            inputs.flatMap(\.pixels.values), shape: [order.count, sizes.patchElementCount])
        // The convolution's kernel and stride equal the patch size, so it is a matrix product.
        let kernel = patchProjection.tensor.reshaped([sizes.hiddenSize, sizes.patchElementCount])
        var h = linear(patches, kernel).gatherRows(order)
        for (index, block) in blocks.enumerated() {
            let isFull = sizes.fullAttentionBlocks.contains(index)
            h = checkpointed(h, if: checkpointsGradients) {
                block($0, angles: angles, layout: isFull ? frames : windows)
            }
        }
        return merger(h).gatherRows(grid.reverseIndex)
    }
}
