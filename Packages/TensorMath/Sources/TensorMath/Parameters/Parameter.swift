// A weight of a model: its name, its float32 master and its bfloat16 copy.
internal import Basics
internal import CKernels

/// Where a model's initial weights come from: a checkpoint, or a random start.
public protocol ParameterSource {
    /// The weight of this name and shape.
    ///
    /// - Throws: An error with the key and both shapes if the weight is missing or has another shape.
    func tensor(named name: String, shape: [Int]) throws -> Tensor

    /// The weight of this name and shape in the form in which the model holds it.
    ///
    /// - Throws: As above.
    func weight(named name: String, shape: [Int]) throws -> Weight
}

extension ParameterSource {
    /// The tensor.
    public func weight(named name: String, shape: [Int]) throws -> Weight {
        .tensor(try tensor(named: name, shape: shape))
    }
}

/// The use of a weight, which decides whether it may be bfloat16.
public enum ParameterRole: Sendable {
    /// An operand of products, or a table of rows: may be bfloat16.
    case matrix
    /// A norm's weight, a bias, a position table: always float32.
    case vector
}

/// One weight of a model.
///
/// It is the only owner of its memory, which the optimizer changes in place.
public final class Parameter {
    /// The public name, such as `model.layers.0.mlp.up_proj.weight`.
    public let name: String
    /// The use of the weight.
    let role: ParameterRole
    /// Whether it is a matrix of a change of low rank.
    public let isLowRank: Bool
    /// The float32 master in training; without training a matrix may be bfloat16.
    ///
    /// Empty if there are codes.
    private var master: Tensor
    /// A weight in few bits, for generation only.
    private let codes: QuantizedMatrix?
    /// Whether an attached tape records this weight; never one in few bits.
    public internal(set) var isTrainable: Bool
    /// The master rounded to bfloat16, for forward passes; nil without mixed precision.
    private var rounded: Tensor?
    /// Whether products are float32 over a value in bfloat16; then the weight is frozen.
    private var isWidened = false
    private var recorded: Tensor?

    init(name: String, role: ParameterRole, weight: Weight, isLowRank: Bool = false) {
        self.name = name
        self.role = role
        self.isLowRank = isLowRank
        switch weight {
        case .tensor(let tensor), .widened(let tensor): (master, codes) = (tensor, nil)
        case .quantized(let matrix): (master, codes) = (Tensor([], shape: [0]), matrix)
        }
        isTrainable = codes == nil
    }

    /// Sizes.
    public var shape: [Int] { codes?.shape ?? master.shape }

    /// The value: the float32 master in training; without training a matrix may be bfloat16.
    ///
    /// Stops for a weight in few bits, which has none.
    public private(set) var value: Tensor {
        get {
            require(!isQuantized, "\(name) is in few bits, for generation only")
            return master
        }
        set { master = newValue }
    }

    /// Whether the weight is held in 8 or 4 bits.
    public var isQuantized: Bool { codes != nil }

    /// The value for forward passes: recorded while a tape is attached, and in the type of the products.
    public var tensor: Tensor { isWidened ? value.converted(to: .float32) : leaf }

    /// What a tape knows as this weight.
    var leaf: Tensor { recorded ?? rounded ?? value }

    /// The matrix for products: as `tensor`, widened by each product, or in few bits.
    public var weight: Weight {
        codes.map { .quantized($0) } ?? (isWidened ? .widened(value) : .tensor(leaf))
    }

    /// Replaces the value with one of the same shape.
    func set(_ newValue: Tensor) {
        require(newValue.shape == value.shape, "\(name): \(newValue.shape) over \(value.shape)")
        value = newValue.detached
        if rounded != nil { rounded = value.converted(to: .bfloat16) }
    }

    /// Sets the type of products with this weight: bfloat16 reads a rounded copy of a float32 matrix, and float32
    /// widens a bfloat16 one.
    func setProducts(_ dtype: DType) {
        let isMatrix = role == .matrix && !isQuantized
        rounded = dtype == .bfloat16 && isMatrix ? value.converted(to: .bfloat16) : nil
        isWidened = dtype == .float32 && isMatrix && value.dtype == .bfloat16
    }

    func attach(_ tape: Tape) {
        require(!isTrainable || !isWidened, "\(name) is trained, but it is held in bfloat16")
        recorded = isTrainable ? tape.leaf(rounded ?? value) : nil
    }

    func detach() { recorded = nil }

    /// Moves the value a share of the way to another one: `(1 - share) value + share other`, in place.
    func move(to other: Tensor, share: Float) {
        require(other.shape == shape, "\(name): \(other.shape) beside \(shape)")
        update { value, rounded in
            overElements(other.count) { start, count in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: min(count, Self.stripCount)) { part in
                    guard let scaled = part.baseAddress else { return }
                    for at in stride(from: start, to: start + count, by: Self.stripCount) {
                        let size = min(Self.stripCount, start + count - at)
                        kernels.scale(size, share, other.pointer + at, scaled)
                        kernels.scale(size, 1 - share, value + at, value + at)
                        kernels.accumulate(size, scaled, value + at)
                        if let rounded { kernels.narrow_bfloat16(size, value + at, rounded + at) }
                    }
                }
            }
        }
    }

    /// Elements that are moved at once, so that they stay in the cache.
    private static let stripCount = 1 << 12

    /// Changes the elements in place; copies them first if another tensor shares the memory.
    ///
    /// - Parameter body: Gets the master and, with mixed precision, the bfloat16 copy to write in the same
    ///   pass.
    func update(_ body: (UnsafeMutablePointer<Float>, _ rounded: UnsafeMutablePointer<UInt16>?) -> Void) {
        if !isKnownUniquelyReferenced(&master.storage) {
            let old = value
            value = Tensor(shape: old.shape) { out in
                _ = out.initialize(from: UnsafeBufferPointer(start: old.pointer, count: old.count))
            }
        }
        if rounded != nil {
            // New memory: another tensor may share the copy of the last forward pass.
            rounded = Tensor(
                shape: value.shape, dtype: .bfloat16, storage: Storage(byteCount: 2 * value.count))
        }
        body(value.pointer, rounded?.narrowPointer)
    }
}
