// The tensor: a shape, an element type and a view of shared storage, row-major and contiguous.
//
// Tensors have no strides, because kernels take them as arguments (attention reads heads in place, products
// take leading dimensions). A view is a reshape or a range of rows. The result of a recorded operation also
// has an entry on the tape (Tape.swift).
public import Basics
internal import Foundation

/// A contiguous, row-major array that does not change once it is shared.
///
/// Elements are float32. Weights and operands of products may be bfloat16; operations document which operands
/// may be, and stop on others. Results and gradients are float32.
///
/// `@unchecked Sendable` holds because storage is written before it is shared, and only the training thread
/// follows the reference to the tape.
public struct Tensor: @unchecked Sendable {
    /// Sizes, outermost first.
    ///
    /// Empty for a scalar.
    public let shape: [Int]
    /// Type of the elements: float32 or bfloat16.
    public let dtype: DType
    var storage: Storage
    let offset: Int
    /// The entry on the tape; nil for constants.
    var record: TapeRecord?

    init(
        shape: [Int], dtype: DType = .float32, storage: Storage, offset: Int = 0, record: TapeRecord? = nil
    ) {
        self.shape = shape
        self.dtype = dtype
        self.storage = storage
        self.offset = offset
        self.record = record
    }

    /// Makes a float32 tensor whose uninitialized elements `fill` writes.
    ///
    /// - Parameters:
    ///   - shape: Sizes, none negative.
    ///   - fill: Gets the memory of all elements and must write each of them.
    public init(shape: [Int], fill: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
        require(shape.allSatisfy { $0 >= 0 }, "Tensor: negative size in \(shape)")
        let count = shape.reduce(1, *)
        let storage = Storage(count: count)
        if !isRehearsing { try fill(UnsafeMutableBufferPointer(start: storage.pointer, count: count)) }
        self.init(shape: shape, storage: storage)
    }

    /// A tensor of the given elements, in row-major order.
    public init(_ elements: [Float], shape: [Int]) {
        require(
            elements.count == shape.reduce(1, *),
            "Tensor: \(elements.count) elements do not fill shape \(shape)")
        self.init(shape: shape) { _ = $0.initialize(from: elements) }
    }

    /// A tensor of one repeated value.
    public init(repeating value: Float, shape: [Int]) {
        self.init(shape: shape) { $0.initialize(repeating: value) }
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// Size of the outermost dimension; 1 for a scalar.
    public var rowCount: Int { shape.first ?? 1 }

    /// Elements of a row: the product of all sizes but the first.
    public var columnCount: Int { shape.dropFirst().reduce(1, *) }

    /// The elements of a float32 tensor.
    var pointer: UnsafeMutablePointer<Float> {
        require(dtype == .float32, "an operation on float32 elements got a \(dtype) tensor of shape \(shape)")
        return storage.pointer + offset
    }

    /// The elements of a bfloat16 tensor: the upper halves of float32 numbers.
    var narrowPointer: UnsafeMutablePointer<UInt16> {
        require(
            dtype == .bfloat16, "an operation on bfloat16 elements got a \(dtype) tensor of shape \(shape)")
        return storage.bytes.assumingMemoryBound(to: UInt16.self) + offset
    }

    /// Reads the elements of a float32 tensor in row-major order; in a rehearsal they are zeros.
    public func withElements<R, E: Error>(_ body: (UnsafeBufferPointer<Float>) throws(E) -> R) throws(E) -> R
    {
        guard isRehearsing else { return try body(UnsafeBufferPointer(start: pointer, count: count)) }
        return try [Float](repeating: 0, count: count).withUnsafeBufferPointer(body)
    }

    /// The elements, copied, in row-major order.
    public var elements: [Float] { withElements { Array($0) } }

    /// The element of a tensor that has exactly one.
    public var scalar: Float {
        require(count == 1, "scalar: shape \(shape) has \(count) elements")
        return isRehearsing ? 0 : pointer[0]
    }

    /// The same value as a constant, without an entry on the tape.
    var detached: Tensor { Tensor(shape: shape, dtype: dtype, storage: storage, offset: offset) }

    /// Stops when this tensor is recorded, because the result of `operation` would lose its gradient.
    func requireConstant(_ operation: String, instead recorded: String) {
        require(
            record == nil,
            "\(operation): a recorded tensor of shape \(shape) would lose its gradient; "
                + "use \(recorded), or .detached first")
    }

    /// The same elements under another shape with the same count.
    public func reshaped(_ shape: [Int]) -> Tensor {
        require(shape.reduce(1, *) == count, "reshaped: \(self.shape) to \(shape)")
        let view = Tensor(shape: shape, dtype: dtype, storage: storage, offset: offset)
        let from = self.shape
        return view.recorded(from: [self]) { d, _ in [d.reshaped(from)] }
    }

    /// Rows `range` of the outermost dimension, as a view.
    ///
    /// Stops on a recorded tensor, whose gradient a view would lose: use `gatherRows`, or `detached` first.
    public func rows(_ range: Range<Int>) -> Tensor {
        requireConstant("rows", instead: "gatherRows")
        require(
            range.lowerBound >= 0 && range.upperBound <= rowCount,
            "rows \(range) of a tensor of shape \(shape)")
        return Tensor(
            shape: [range.count] + shape.dropFirst(), dtype: dtype, storage: storage,
            offset: offset + range.lowerBound * columnCount)
    }
}
