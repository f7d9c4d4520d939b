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

    /// The gradients summed over processes: `sum` changes a copy of each of them in place.
    ///
    /// A trainable weight without a gradient counts as zeros, so that every process makes the same calls.
    ///
    /// - Parameters:
    ///   - store: The weights these gradients belong to.
    ///   - sum: Called with a copy of each gradient, in the order of the store.
    /// - Returns: The changed copies; nil for frozen weights.
    public func summed(
        _ store: ParameterStore, _ sum: (UnsafeMutableBufferPointer<Float>) throws -> Void
    ) rethrows -> Gradients {
        require(store.all.map(\.name) == names, "Gradients.summed: two different models")
        let sums = try zip(store.all, tensors).map { parameter, tensor -> Tensor? in
            guard parameter.isTrainable else { return nil }
            return try Tensor(shape: parameter.value.shape) { out in
                if let tensor {
                    _ = tensor.withElements { out.initialize(from: $0) }
                } else {
                    out.initialize(repeating: 0)
                }
                try sum(out)
            }
        }
        return Gradients(names: names, tensors: sums)
    }

    /// The L2 norm over the weights whose name passes `filter`, accumulated in float64.
    public func norm(where filter: (String) -> Bool = { _ in true }) -> Double {
        zip(names, tensors).reduce(0.0) { sum, pair in
            guard filter(pair.0), let tensor = pair.1 else { return sum }
            return sum + sumOfSquares(tensor.pointer, count: tensor.count)
        }.squareRoot()
    }

    /// The factor of torch's `clip_grad_norm_`: `min(1, limit / (norm + 1e-6))`.
    public static func clipFactor(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
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
