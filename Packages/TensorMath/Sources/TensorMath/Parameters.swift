// Parameters: named weights in declaration order, and the scopes that models are built from.
//
// A layer asks its scope for `parameter("weight", [to, from])`: the name is written once, the order of
// asking is the order of the store, and a missing or misshapen weight throws with its key.
public import Basics

/// Where a model's initial weights come from: a checkpoint, or a random start.
public protocol ParameterSource {
    /// The weight of this name and shape.
    ///
    /// - Throws: An error that names the key and both shapes when it is missing or misshapen.
    func tensor(named name: String, shape: [Int]) throws -> Tensor
}

/// What a weight is used for, which decides whether it may be held in bfloat16.
public enum ParameterRole: Sendable {
    /// An operand of products, or a table of rows: may be bfloat16.
    case matrix
    /// A norm's weight, a bias, a position table: always float32.
    case vector
}

/// One weight of a model.
///
/// The only owner of its memory; the optimiser changes it in place.
public final class Parameter {
    /// The public name, such as `model.layers.0.mlp.up_proj.weight`.
    public let name: String
    /// What it is used for.
    public let role: ParameterRole
    /// The present value: the float32 master in training; a matrix loaded only to be used may be bfloat16.
    public private(set) var value: Tensor
    /// Whether a tape that is attached records this weight.
    public var isTrainable = true
    /// The master rounded to bfloat16, which forward passes read instead; nil without mixed precision.
    private var rounded: Tensor?
    private var recorded: Tensor?

    init(name: String, role: ParameterRole, value: Tensor) {
        self.name = name
        self.role = role
        self.value = value
    }

    /// What a forward pass reads: recorded while a tape is attached, and in the type that products run in.
    public var tensor: Tensor { recorded ?? rounded ?? value }

    /// Replaces the value; the shape must stay.
    public func set(_ newValue: Tensor) {
        require(newValue.shape == value.shape, "\(name): \(newValue.shape) over \(value.shape)")
        value = newValue.detached
        if rounded != nil { rounded = value.converted(to: .bfloat16) }
    }

    /// Lets forward passes read a bfloat16 copy, or the value itself again.
    func holdRounded(_ isHeld: Bool) {
        rounded = isHeld && role == .matrix ? value.converted(to: .bfloat16) : nil
    }

    func attach(_ tape: Tape) { recorded = isTrainable ? tape.leaf(rounded ?? value) : nil }

    func detach() { recorded = nil }

    /// Changes the elements in place; copies first if someone else still looks at them.
    ///
    /// - Parameter body: Gets the master and, with mixed precision, the bfloat16 copy to write in the same pass.
    func update(_ body: (UnsafeMutablePointer<Float>, _ rounded: UnsafeMutablePointer<UInt16>?) -> Void) {
        if !isKnownUniquelyReferenced(&value.storage) {
            let old = value
            value = Tensor(shape: old.shape) { out in
                _ = out.initialize(from: UnsafeBufferPointer(start: old.pointer, count: old.count))
            }
        }
        if rounded != nil {
            // A fresh copy: someone may still hold the one that the last forward pass read.
            rounded = Tensor(
                shape: value.shape, dtype: .bfloat16, storage: Storage(byteCount: 2 * value.count))
        }
        body(value.pointer, rounded?.narrowPointer)
    }
}

/// All weights of a model, in declaration order.
public final class ParameterStore {
    /// The weights in declaration order.
    public private(set) var all: [Parameter] = []
    private var byName: [String: Parameter] = [:]

    /// An empty store.
    public init() {}

    /// The weight of this name.
    public subscript(name: String) -> Parameter? { byName[name] }

    /// Number of elements over all weights.
    public var elementCount: Int { all.reduce(0) { $0 + $1.value.count } }

    func add(_ parameter: Parameter) {
        require(byName[parameter.name] == nil, "parameter \(parameter.name) is declared twice")
        byName[parameter.name] = parameter
        all.append(parameter)
    }

    /// Freezes every weight whose name starts with one of the prefixes, and only those.
    public func freeze(prefixes: [String]) {
        for parameter in all { parameter.isTrainable = !prefixes.contains { parameter.name.hasPrefix($0) } }
    }

    /// Sets what the products of forward and backward passes run in.
    ///
    /// In bfloat16 every matrix keeps its float32 master, which the optimiser changes, and a rounded copy, which
    /// passes read: mixed-precision training (Micikevicius et al., 2018; bfloat16 needs no loss scaling).
    ///
    /// - Parameter dtype: float32 or bfloat16.
    public func setComputeType(_ dtype: DType) {
        require(dtype == .float32 || dtype == .bfloat16, "products run in float32 or bfloat16, not \(dtype)")
        for parameter in all { parameter.holdRounded(dtype == .bfloat16) }
    }

    /// Runs `forward` on a fresh tape and returns its scalar loss with the gradients of all weights.
    ///
    /// - Parameter forward: Computes a recorded scalar from the weights.
    /// - Returns: The loss and gradients in store order; nil for frozen or unused weights.
    public func gradients(_ forward: () throws -> Tensor) rethrows -> (loss: Float, gradients: Gradients) {
        let tape = Tape()
        for parameter in all { parameter.attach(tape) }
        defer { for parameter in all { parameter.detach() } }
        let loss = try forward()
        let leaves = all.map(\.tensor)
        let known = tape.gradients(of: loss, for: leaves)
        return (loss.scalar, Gradients(names: all.map(\.name), tensors: known))
    }
}

/// A place in the tree of names, from which layers take their weights.
public struct Scope {
    /// Where weights are registered.
    public let store: ParameterStore
    private let source: any ParameterSource
    private let path: String

    /// The root scope.
    public init(_ source: any ParameterSource, store: ParameterStore) {
        self.source = source
        self.store = store
        path = ""
    }

    private init(_ parent: Scope, _ part: String) {
        source = parent.source
        store = parent.store
        path = parent.path.isEmpty ? part : "\(parent.path).\(part)"
    }

    /// The scope of a child module.
    public subscript(name: String) -> Scope { Scope(self, name) }

    /// The scope of the child with a number.
    public subscript(index: Int) -> Scope { Scope(self, String(index)) }

    /// Loads and registers the weight `name` of this module.
    public func parameter(
        _ name: String, _ shape: [Int], role: ParameterRole = .vector
    ) throws -> Parameter {
        let full = path.isEmpty ? name : "\(path).\(name)"
        let value = try source.tensor(named: full, shape: shape)
        let parameter = Parameter(
            name: full, role: role, value: role == .vector ? value.converted(to: .float32) : value)
        require(parameter.value.shape == shape, "\(full): source gave \(parameter.value.shape), not \(shape)")
        store.add(parameter)
        return parameter
    }
}
