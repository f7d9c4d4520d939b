// All weights of a model.
public import Basics

/// All weights of a model, in declaration order.
public final class ParameterStore {
    /// The weights in declaration order.
    public private(set) var all: [Parameter] = []
    private var byName: [String: Parameter] = [:]
    /// The pieces of each process where several train the weights.
    private(set) var pieces: WeightPieces?

    /// An empty store.
    public init() {}

    /// The weight of this name.
    subscript(name: String) -> Parameter? { byName[name] }

    /// Number of elements over all weights.
    public var elementCount: Int { all.reduce(0) { $0 + $1.elementCount } }

    /// The name of the first trainable weight with a value that is not finite; nil when there is none.
    ///
    /// Costs one pass over the weights; each process looks at what it holds.
    ///
    /// - Returns: The name, the same in all processes that split the weights.
    /// - Throws: What their exchange throws.
    public func firstNonFinite() throws -> String? {
        let found = all.firstIndex { parameter in
            guard parameter.isTrainable else { return false }
            let value = parameter.heldValue
            return !sumOfSquares(value.pointer, count: value.count).isFinite
        }
        // The first one is the one with the most weights from it to the end.
        let left = found.map { all.count - $0 } ?? 0
        let most = try pieces?.group.largest(left) ?? left
        return most > 0 ? all[all.count - most].name : nil
    }

    /// Splits the work of updating the trained weights over processes: each holds the moments of its pieces, and the
    /// float32 masters of those that have a bfloat16 copy.
    ///
    /// Comes after `freeze` and `setComputeType`. Every process has the same weights.
    public func split(over group: any ProcessGroup) {
        require(pieces == nil, "the weights are split twice")
        guard group.size > 1 else { return }
        let pieces = WeightPieces(all, group)
        for (index, parameter) in all.enumerated() where parameter.isTrainable {
            parameter.keep(pieces.own(index), of: group)
        }
        self.pieces = pieces
    }

    func add(_ parameter: Parameter) {
        require(byName[parameter.name] == nil, "parameter \(parameter.name) is declared twice")
        byName[parameter.name] = parameter
        all.append(parameter)
    }

    /// Freezes the weights whose name starts with one of the prefixes, and makes all others trainable; where there are
    /// changes of low rank, only these.
    public func freeze(prefixes: [String]) {
        let hasChanges = all.contains(where: \.isLowRank)
        for parameter in all {
            parameter.isTrainable =
                !parameter.isQuantized && (!hasChanges || parameter.isLowRank)
                && !prefixes.contains { parameter.name.hasPrefix($0) }
        }
    }

    /// The weights that are trained.
    public var trainable: [Parameter] { all.filter(\.isTrainable) }

    /// Moves the weights that are trained in another store of the same model a share of the way to them:
    /// `(1 - share) own + share other`, in float32.
    ///
    /// - Parameters:
    ///   - other: The store to move to; both have float32 values for these weights, and are split in the same way.
    ///   - share: From 0, nothing changes, to 1, a copy.
    /// - Throws: What the exchange of processes throws.
    public func move(to other: ParameterStore, share: Double) throws {
        for parameter in other.trainable {
            guard let own = self[parameter.name] else {
                fatalError("\(parameter.name) is no weight of the store that is moved")
            }
            own.move(to: parameter, share: Float(share))
        }
        try exchange()
    }

    /// Replaces values by saved ones of the same shape.
    ///
    /// - Parameter saved: Returns the value of a weight; nil to leave it as it is.
    public func restore(_ saved: (Parameter) throws -> Tensor?) rethrows {
        for parameter in all {
            if let value = try saved(parameter) { parameter.set(value) }
        }
    }

    /// Sets the element type of the products in forward and backward passes.
    ///
    /// In bfloat16 every matrix has a float32 master, which the optimizer changes, and a rounded copy, which
    /// passes read: mixed-precision training (Micikevicius et al., 2018; bfloat16 needs no loss scaling). A frozen
    /// matrix that is bfloat16 already has neither; in float32 each product widens it.
    ///
    /// - Parameter dtype: float32 or bfloat16.
    public func setComputeType(_ dtype: DType) {
        require(dtype == .float32 || dtype == .bfloat16, "products run in float32 or bfloat16, not \(dtype)")
        for parameter in all { parameter.setProducts(dtype) }
    }
}

extension ParameterStore {
    /// Sends the updated pieces of weights to all processes.
    ///
    /// - Parameter isUpdated: Whether a weight, by its place in the store, was updated; the same in every process.
    /// - Throws: What the exchange throws.
    public func exchange(where isUpdated: (Int) -> Bool = { _ in true }) throws {
        guard let pieces else { return }
        try pieces.group.allGather(
            all.enumerated().filter { $1.isTrainable && isUpdated($0) }.map { index, parameter in
                let (bytes, width) = parameter.shared
                return (
                    bytes, pieces.ranges[index].map { $0.lowerBound * width..<$0.upperBound * width }
                )
            })
    }
}
