// Parameters: named weights in declaration order, and the scopes that models are built from.
//
// A layer asks its scope for `parameter("weight", [to, from])`: the name is written once, the order of
// asking is the order of the store, and a missing or misshapen weight throws with its key.
internal import Basics

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
/// The only owner of its memory; the optimizer changes it in place.
public final class Parameter {
    /// The public name, such as `model.layers.0.mlp.up_proj.weight`.
    public let name: String
    /// What it is used for.
    public let role: ParameterRole
    /// The present value: the float32 master in training; a matrix loaded only to be used may be bfloat16.
    public private(set) var value: Tensor
    /// Whether a tape that is attached records this weight.
    var isTrainable = true
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
