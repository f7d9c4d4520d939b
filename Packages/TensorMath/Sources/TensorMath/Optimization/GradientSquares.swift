// The norms of gradients, from sums over blocks of their elements.

/// The squares of gradients, from which norms come; the same for any number of processes.
public struct GradientSquares {
    private let names: [String]
    /// For each weight the sums of squares of its blocks; none without a gradient.
    private var blocks: [[Double]]

    /// Those of whole gradients.
    init(_ gradients: Gradients) {
        names = gradients.names
        blocks = gradients.tensors.map { tensor in
            tensor.map { sumsOfSquares($0.pointer, count: $0.count) } ?? []
        }
    }

    /// Those of gradients that were summed over the processes of a store.
    ///
    /// - Throws: What the exchange throws.
    public init(_ gradients: Gradients, of store: ParameterStore) throws {
        self.init(gradients)
        guard let pieces = store.pieces else { return }
        for (index, parameter) in store.all.enumerated() where gradients.tensors[index] != nil {
            // Pieces begin where a block begins.
            let before = pieces.own(index).lowerBound / squareBlock
            var all = [Double](repeating: 0, count: squareBlocks(parameter.elementCount))
            for (place, sum) in blocks[index].enumerated() { all[before + place] = sum }
            blocks[index] = all
        }
        var flat = Array(blocks.joined())
        try pieces.group.sum(&flat)
        var rest = flat[...]
        for index in blocks.indices {
            let count = blocks[index].count
            blocks[index] = Array(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
    }

    /// The L2 norm over the weights whose name passes `filter`.
    public func norm(where filter: (String) -> Bool = { _ in true }) -> Double {
        zip(names, blocks).reduce(0.0) { sum, weight in
            filter(weight.0) && !weight.1.isEmpty ? sum + weight.1.reduce(0, +) : sum
        }.squareRoot()
    }

    /// The norm of the gradient of a weight, by its place in the store; nil without one.
    public func norm(at index: Int) -> Double? {
        blocks[index].isEmpty ? nil : blocks[index].reduce(0, +).squareRoot()
    }
}
