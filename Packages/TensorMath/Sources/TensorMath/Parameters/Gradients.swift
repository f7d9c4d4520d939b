// Gradients of a model: their computation, sums over micro-batches and processes, norms.
internal import Basics

/// One gradient per weight, in the order of the parameter store.
public struct Gradients {
    /// Names of the weights.
    public let names: [String]
    /// Gradients; nil where a weight is frozen or was not used.
    public private(set) var tensors: [Tensor?]

    /// Gradients by name, in order.
    public init(names: [String], tensors: [Tensor?]) {
        require(names.count == tensors.count, "Gradients: \(names.count) names, \(tensors.count) tensors")
        self.names = names
        self.tensors = tensors
    }

    /// No gradients: the start of a sum.
    public static func none(_ store: ParameterStore) -> Gradients {
        Gradients(names: store.all.map(\.name), tensors: store.all.map { _ in nil })
    }

    /// The gradient of one weight.
    public subscript(name: String) -> Tensor? {
        names.firstIndex(of: name).flatMap { tensors[$0] }
    }

    /// Adds the gradients of another micro-batch of the same model.
    public mutating func add(_ other: Gradients) {
        require(names == other.names, "Gradients.add: two different models")
        for index in tensors.indices {
            guard let more = other.tensors[index] else { continue }
            Tensor.add(more, to: &tensors[index])
        }
    }

    /// Takes a gradient out.
    mutating func take(_ index: Int) -> Tensor? {
        defer { tensors[index] = nil }
        return tensors[index]
    }

    /// Puts a gradient, or this process's piece of it, in.
    mutating func set(_ index: Int, _ tensor: Tensor) { tensors[index] = tensor }

    /// The L2 norm over the weights whose name passes `filter`, accumulated in float64.
    public func norm(where filter: (String) -> Bool = { _ in true }) -> Double {
        GradientSquares(self).norm(where: filter)
    }

    /// The factor of torch's `clip_grad_norm_`: `min(1, limit / (norm + 1e-6))`.
    public static func clipFactor(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}

extension Gradients {
    /// Replaces the gradients by their sums over the processes, of which each keeps those of its pieces, flat.
    ///
    /// A weight that no process used keeps no gradient; one that only this process did not use has zeros here.
    ///
    /// - Parameter store: The weights these gradients belong to; unless they are split over processes, nothing changes.
    /// - Throws: What the exchange throws; the gradients are then incomplete.
    public mutating func sumOverProcesses(of store: ParameterStore) throws {
        guard let pieces = store.pieces else { return }
        require(store.all.map(\.name) == names, "Gradients.sumOverProcesses: two different models")
        var uses = tensors.map { $0 == nil ? 0.0 : 1.0 }
        try pieces.group.sum(&uses)
        for (index, parameter) in store.all.enumerated() where uses[index] > 0 {
            // Released as soon as its piece is known, so that memory falls from weight to weight.
            let known = take(index)
            let sums = Tensor(shape: [parameter.elementCount]) { out in
                if let known {
                    _ = known.withElements { out.initialize(from: $0) }
                } else {
                    // x + -0 has the bits of x, also where x is -0.
                    out.initialize(repeating: -0.0)
                }
            }
            try pieces.group.reduceScatter(
                UnsafeMutableBufferPointer(start: sums.pointer, count: sums.count),
                pieces: pieces.ranges[index])
            set(index, sums.piece(pieces.own(index)))
        }
    }
}

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

extension ParameterStore {
    /// Runs `forward` on a fresh tape and returns its scalar loss with the gradients of all weights.
    ///
    /// - Parameter forward: Computes a recorded scalar from the weights.
    /// - Returns: The loss and gradients in store order; nil for frozen or unused weights.
    public func gradients(_ forward: () throws -> Tensor) rethrows -> (loss: Float, gradients: Gradients) {
        let tape = Tape()
        for parameter in all { parameter.attach(tape) }
        defer { for parameter in all { parameter.detach() } }
        let loss = try forward()
        let leaves = all.map(\.leaf)
        let known = tape.gradients(of: loss, for: leaves)
        return (loss.scalar, Gradients(names: all.map(\.name), tensors: known))
    }
}
