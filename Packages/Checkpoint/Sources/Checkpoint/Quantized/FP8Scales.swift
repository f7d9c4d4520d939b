// The scales of a weight in FP8: one for each block, the last ones along a side smaller, or one for each row, or one.

/// A weight's scales in memory: about a number for 16,384 weights.
struct FP8Scales: Sendable, Equatable {
    /// Rows and columns of a block.
    let block: (rows: Int, columns: Int)
    /// Blocks beside each other.
    let blocksAcross: Int
    /// The scales of the blocks, row by row.
    let values: [Float]

    static func == (one: Self, other: Self) -> Bool {
        one.block == other.block && one.blocksAcross == other.blocksAcross && one.values == other.values
    }

    /// Reads the scales of a weight.
    ///
    /// - Parameters:
    ///   - scale: The tensor with the scales: a number for each block, row or weight.
    ///   - weight: The weight as it is stored.
    ///   - block: `weight_block_size`.
    ///   - reader: Holds both.
    /// - Throws: `CheckpointError` that names the tensor.
    init(_ scale: TensorInfo, of weight: TensorInfo, block: [Int]?, in reader: any CheckpointReader) throws {
        let (rows, columns) = (weight.shape[0], weight.shape.dropFirst().reduce(1, *))
        if let block, weight.shape.count == 2, scale.elementCount > 1 || scale.shape.count == 2 {
            self.block = (block[0], block[1])
        } else if scale.elementCount == 1 {
            self.block = (rows, columns)
        } else {
            self.block = (1, columns)
        }
        let across = (columns - 1) / self.block.columns + 1
        let expected = [(rows - 1) / self.block.rows + 1, across]
        let isRight =
            scale.shape == expected
            || self.block.columns == columns && scale.elementCount == expected[0] && scale.shape.count <= 2
        guard isRight else {
            throw CheckpointError.wrongShape(
                key: scale.name, file: reader.file(of: scale.name), expected: expected, found: scale.shape)
        }
        guard let values = try floats(scale, in: reader) else {
            throw CheckpointError.unsupported(
                file: reader.file(of: scale.name),
                problem: "tensor \(scale.name) has type \(scale.dtype), expected fractions")
        }
        guard values.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw CheckpointError.damaged(
                file: reader.file(of: scale.name),
                problem: "tensor \(scale.name) has a scale that is negative or not finite")
        }
        self.values = values
        blocksAcross = across
    }
}
