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
    /// Sizes.
    public let shape: [Int]
    /// The float32 master in training; without training a matrix may be bfloat16.
    ///
    /// Empty if there are codes. Where processes split a weight with a bfloat16 copy, this process's piece, flat.
    private var master: Tensor
    /// The processes that split the master, and this one's piece of it; nil where it is whole.
    private var split: (group: any ProcessGroup, own: Range<Int>)?
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
        shape = codes?.shape ?? master.shape
        isTrainable = codes == nil
    }

    /// Number of elements.
    var elementCount: Int { shape.reduce(1, *) }

    /// The value: the float32 master in training; without training a matrix may be bfloat16.
    ///
    /// Stops for a weight in few bits, which has none, and for one that processes split.
    public private(set) var value: Tensor {
        get {
            require(!isQuantized, "\(name) is in few bits, for generation only")
            require(split == nil, "\(name) is split over processes; wholeValue() puts its pieces together")
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
        require(newValue.shape == shape, "\(name): \(newValue.shape) over \(shape)")
        if rounded != nil { rounded = newValue.detached.converted(to: .bfloat16) }
        value = split.map { newValue.detached.piece($0.own) } ?? newValue.detached
    }

    /// Keeps a piece of the master, if products go on with a bfloat16 copy; the other processes have the other pieces.
    func keep(_ own: Range<Int>, of group: any ProcessGroup) {
        require(split == nil, "\(name) is split twice")
        guard rounded != nil else { return }
        value = value.piece(own)
        split = (group, own)
    }

    /// The value as a whole: in process 0 of those that split it; zeros in the others, which must ask at the same time.
    ///
    /// - Throws: What the exchange throws.
    public func wholeValue() throws -> Tensor {
        try split.map { try master.gathered(shape: shape, $0.group) } ?? value
    }

    /// The elements that this process holds in float32: all, or its piece.
    public var heldValue: Tensor { split == nil ? value : master }

    /// The bytes that processes share after an update, and the width of an element: those of the bfloat16 copy, else of
    /// the master; valid until the next update.
    var shared: (bytes: UnsafeMutableRawBufferPointer, width: Int) {
        if let rounded {
            return (UnsafeMutableRawBufferPointer(start: rounded.narrowPointer, count: 2 * elementCount), 2)
        }
        return (UnsafeMutableRawBufferPointer(start: value.pointer, count: 4 * elementCount), 4)
    }

    /// Sets the type of products with this weight: bfloat16 reads a rounded copy of a float32 matrix, and float32
    /// widens a bfloat16 one.
    func setProducts(_ dtype: DType) {
        require(split == nil, "\(name): the type of products changes after the weight was split")
        let isMatrix = role == .matrix && !isQuantized
        rounded = dtype == .bfloat16 && isMatrix ? value.converted(to: .bfloat16) : nil
        isWidened = dtype == .float32 && isMatrix && value.dtype == .bfloat16
    }

    func attach(_ tape: Tape) {
        require(!isTrainable || !isWidened, "\(name) is trained, but it is held in bfloat16")
        recorded = isTrainable ? tape.leaf(rounded ?? value) : nil
    }

    func detach() { recorded = nil }

    /// Moves the value a share of the way to that of another weight: `(1 - share) value + share other`, in place; of
    /// weights that processes split, this process's piece.
    func move(to policy: Parameter, share: Float) {
        let other = policy.heldValue
        require(
            policy.shape == shape && other.count == master.count, "\(name): \(policy.shape) beside \(shape)")
        update(split?.own) { value, rounded in
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

    /// Changes elements in place; copies them first if another tensor shares the memory, or a mapped file has it.
    ///
    /// - Parameters:
    ///   - own: The elements to change where processes split the weights; nil for all.
    ///   - body: Gets the first of these elements in the master and, with mixed precision, in the bfloat16 copy, to write
    ///     in the same pass. The copy's other elements are then undefined, until processes exchange them.
    func update(
        _ own: Range<Int>? = nil,
        _ body: (UnsafeMutablePointer<Float>, _ rounded: UnsafeMutablePointer<UInt16>?) -> Void
    ) {
        if !isKnownUniquelyReferenced(&master.storage) || master.storage.isBorrowed {
            let old = master
            value = Tensor(shape: old.shape) { out in
                _ = out.initialize(from: UnsafeBufferPointer(start: old.pointer, count: old.count))
            }
        }
        if var copy = rounded.take() {
            if !isKnownUniquelyReferenced(&copy.storage) {
                copy = Tensor(shape: shape, dtype: .bfloat16, storage: Storage(byteCount: 2 * elementCount))
            }
            rounded = copy
        }
        let first = own?.lowerBound ?? 0
        body(master.pointer + (split == nil ? first : 0), rounded.map { $0.narrowPointer + first })
    }
}
