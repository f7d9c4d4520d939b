// The description of one tensor, known before any of its bytes are read.
public import Basics

/// The name, element type and shape of a stored tensor.
public struct TensorInfo: Sendable, Equatable {
    /// The public name, such as `model.layers.0.mlp.up_proj.weight`.
    public let name: String
    /// How the elements are stored.
    public let dtype: DType
    /// The sizes of the dimensions, outermost first; empty for a single number.
    public let shape: [Int]

    /// Describes a tensor; the sizes in `shape` are not negative.
    public init(name: String, dtype: DType, shape: [Int]) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
    }

    /// The number of elements.
    public var elementCount: Int { shape.reduce(1, *) }

    /// The number of bytes that the elements take.
    public var byteCount: Int { elementCount * dtype.byteCount }

    /// The bytes that such a tensor takes, or nil when a size is negative or the product overflows.
    ///
    /// For shapes from a file: a declared size is checked here before it is used.
    static func checkedByteCount(_ dtype: DType, _ shape: [Int]) -> Int? {
        var total = dtype.byteCount
        for size in shape where size != 0 {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow else { return nil }
            total = product
        }
        return shape.contains(0) ? 0 : total
    }
}

extension PageBuffer {
    /// Allocates memory for a tensor of the file at `path`.
    ///
    /// Throws `CheckpointError.cannotOpen` when there is not enough memory.
    public convenience init(for info: TensorInfo, of path: String) throws {
        try self.init(info.byteCount, for: info.name, of: path)
    }
}

/// A name by its bytes: `String` equality would let two names that differ only in Unicode form collapse.
public typealias NameBytes = [UInt8]

extension String {
    /// The name's UTF-8 bytes.
    public var nameBytes: NameBytes { Array(utf8) }
}
