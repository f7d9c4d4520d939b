// Gradients of a model: their computation and their sums over micro-batches.
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
        for index in tensors.indices { add(other.tensors[index], at: index) }
    }

    /// Adds a gradient of the weight at `index`, if there is one.
    public mutating func add(_ gradient: Tensor?, at index: Int) {
        guard let gradient else { return }
        Tensor.add(gradient, to: &tensors[index])
    }

    /// Takes the gradient of the weight at `index` out.
    public mutating func take(_ index: Int) -> Tensor? {
        defer { tensors[index] = nil }
        return tensors[index]
    }

    /// The L2 norm over the weights whose name passes `filter`, accumulated in float64.
    public func norm(where filter: (String) -> Bool = { _ in true }) -> Double {
        GradientSquares(self).norm(where: filter)
    }

    /// The factor of torch's `clip_grad_norm_`: `min(1, limit / (norm + 1e-6))`.
    public static func clipFactor(norm: Double, limit: Double) -> Double { min(1, limit / (norm + 1e-6)) }
}

extension ParameterStore {
    /// Runs `forward` on a fresh tape and walks back, and hands out the gradient of each weight as soon as it is complete.
    ///
    /// - Parameters:
    ///   - sums: What the gradients are added to, in place where that saves memory; taken out.
    ///   - forward: Computes a recorded scalar from the weights.
    ///   - begin: Is called between forward and backward, with the place of each weight's first use in forward; for unused
    ///     ones the highest number if they have a sum, else nil. Backward completes gradients from the highest place to the
    ///     lowest.
    ///   - receive: Gets the place of each weight in the store, once, with its sum and gradient. Frozen and unused weights
    ///     come first, with their sum or nil.
    /// - Returns: The loss.
    @discardableResult
    public func backward(
        adding sums: inout Gradients, _ forward: () throws -> Tensor,
        begin: (_ firstUses: [Int?]) -> Void = { _ in },
        receive: (_ index: Int, _ gradient: Tensor?) -> Void
    ) rethrows -> Float {
        let tape = Tape()
        for parameter in all { parameter.attach(tape) }
        defer { for parameter in all { parameter.detach() } }
        let loss = try forward()
        let leaves = all.map(\.leaf)
        begin(zip(leaves, sums.tensors).map { tape.firstUse(of: $0) ?? ($1 == nil ? nil : .max) })
        var known = all.indices.map { sums.take($0) }
        tape.walkBack(from: loss, to: leaves, adding: &known, receive: receive)
        return loss.scalar
    }

    /// Runs `forward` on a fresh tape and returns its scalar loss with the gradients of all weights.
    ///
    /// - Parameter forward: Computes a recorded scalar from the weights.
    /// - Returns: The loss and gradients in store order; nil for frozen or unused weights.
    public func gradients(_ forward: () throws -> Tensor) rethrows -> (loss: Float, gradients: Gradients) {
        var (gradients, sums) = (Gradients.none(self), Gradients.none(self))
        let loss = try backward(adding: &sums, forward) { gradients.add($1, at: $0) }
        return (loss, gradients)
    }
}
