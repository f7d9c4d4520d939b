// Converts between stored bytes, float32 and bfloat16.
public import Basics
internal import CKernels

extension Tensor {
    /// Widens stored elements to float32, exactly for every type.
    ///
    /// - Parameters:
    ///   - bytes: Little-endian elements, as many as the shape asks for; any alignment.
    ///   - dtype: Their type; `uint8` gives 0...255.
    ///   - shape: Sizes of the result.
    public init(widening bytes: UnsafeRawBufferPointer, dtype: DType, shape: [Int]) {
        let count = shape.reduce(1, *)
        require(
            bytes.count == count * dtype.byteCount, "widening: \(bytes.count) bytes of \(dtype) for \(shape)")
        self.init(shape: shape) { Self.widen(bytes, dtype, into: $0) }
    }

    /// Widens stored elements that are read in pieces.
    ///
    /// - Parameters:
    ///   - dtype: Their type.
    ///   - shape: Sizes of the result.
    ///   - read: Gives its second argument the little-endian elements in a range of bytes; called for one range after
    ///     another, none longer than 2 MiB.
    /// - Throws: What `read` throws.
    public init(
        widening dtype: DType, shape: [Int],
        read: (_ bytes: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Void) throws -> Void
    ) rethrows {
        let (count, pieceCount) = (shape.reduce(1, *), (2 << 20) / dtype.byteCount)
        try self.init(shape: shape) { out in
            for start in stride(from: 0, to: count, by: pieceCount) {
                let piece = start..<min(count, start + pieceCount)
                let bytes = piece.lowerBound * dtype.byteCount..<piece.upperBound * dtype.byteCount
                try read(bytes) {
                    require($0.count == bytes.count, "widening: \($0.count) bytes for \(bytes.count)")
                    Self.widen($0, dtype, into: UnsafeMutableBufferPointer(rebasing: out[piece]))
                }
            }
        }
    }

    private static func widen(
        _ bytes: UnsafeRawBufferPointer, _ dtype: DType, into out: UnsafeMutableBufferPointer<Float>
    ) {
        let count = out.count
        guard let to = out.baseAddress, let from = bytes.baseAddress, count > 0 else { return }
        switch dtype {
        case .float32: UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: bytes.count)
        case .bfloat16: overElements(count) { kernels.widen_bfloat16($1, from + 2 * $0, to + $0) }
        case .float16: overElements(count) { kernels.widen_float16($1, from + 2 * $0, to + $0) }
        case .int32: overElements(count) { kernels.widen_int32($1, from + 4 * $0, to + $0) }
        case .uint8: overElements(count) { kernels.widen_uint8($1, from + $0, to + $0) }
        }
    }

    /// Gives `body` the elements as little-endian bytes of a floating-point type: in place if they have it, else rounded to
    /// nearest even.
    public func withBytes<R>(as dtype: DType, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        guard dtype == self.dtype, !isRehearsing else { return try bytes(as: dtype).withUnsafeBytes(body) }
        return try withExtendedLifetime(storage) {
            try body(
                UnsafeRawBufferPointer(
                    start: storage.bytes + offset * dtype.byteCount, count: count * dtype.byteCount))
        }
    }

    /// The elements as little-endian bytes of a floating-point type, rounded to nearest even.
    public func bytes(as dtype: DType) -> [UInt8] {
        guard self.dtype == .float32 else { return detached.converted(to: .float32).bytes(as: dtype) }
        let count = count
        return [UInt8](unsafeUninitializedCapacity: count * dtype.byteCount) { out, written in
            guard let to = out.baseAddress, count > 0 else { return }
            let raw = UnsafeMutableRawPointer(to)
            switch dtype {
            case .float32: raw.copyMemory(from: pointer, byteCount: 4 * count)
            case .bfloat16:
                overElements(count) { kernels.narrow_bfloat16($1, pointer + $0, raw + 2 * $0) }
            case .float16:
                overElements(count) { kernels.narrow_float16($1, pointer + $0, raw + 2 * $0) }
            case .int32, .uint8: fatalError("bytes(as:): \(dtype) is not a floating-point type")
            }
            written = count * dtype.byteCount
        }
    }

    /// A tensor over stored elements, without copying them.
    ///
    /// - Parameters:
    ///   - bytes: Little-endian elements, as many as the shape asks for, at a multiple of their width.
    ///   - dtype: Their type: float32 or bfloat16.
    ///   - shape: Sizes of the result.
    ///   - owner: Keeps the bytes valid and unchanged while it lives.
    public init(borrowing bytes: UnsafeRawBufferPointer, dtype: DType, shape: [Int], owner: AnyObject) {
        let count = shape.reduce(1, *)
        require(dtype == .float32 || dtype == .bfloat16, "borrowing: tensors do not hold \(dtype)")
        require(
            bytes.count == count * dtype.byteCount,
            "borrowing: \(bytes.count) bytes of \(dtype) for \(shape)")
        guard let start = bytes.baseAddress, count > 0 else {
            self.init(shape: shape, dtype: dtype, storage: Storage(byteCount: 0))
            return
        }
        require(
            Int(bitPattern: start) % dtype.byteCount == 0, "borrowing: \(dtype) elements at an odd address")
        self.init(shape: shape, dtype: dtype, storage: Storage(borrowing: start, owner: owner))
    }

    /// A bfloat16 tensor that copies stored bfloat16 elements of any alignment.
    ///
    /// - Parameters:
    ///   - bytes: Little-endian elements, as many as the shape asks for.
    ///   - shape: Sizes of the result.
    public init(copyingBfloat16 bytes: UnsafeRawBufferPointer, shape: [Int]) {
        let count = shape.reduce(1, *)
        require(bytes.count == 2 * count, "copying: \(bytes.count) bytes of bfloat16 for \(shape)")
        let storage = Storage(byteCount: bytes.count)
        if let start = bytes.baseAddress, !isRehearsing {
            storage.bytes.copyMemory(from: start, byteCount: bytes.count)
        }
        self.init(shape: shape, dtype: .bfloat16, storage: storage)
    }

    /// The same values in another element type; itself when it has the type.
    ///
    /// Narrowing rounds to nearest even. Stops on a recorded tensor, whose gradient the result would lose:
    /// use `rounded`, or `detached` first.
    ///
    /// - Parameter dtype: float32 or bfloat16.
    /// - Returns: A tensor of this shape.
    public func converted(to dtype: DType) -> Tensor {
        requireConstant("converted(to:)", instead: "rounded(to:)")
        guard dtype != self.dtype else { return self }
        let count = count
        switch dtype {
        case .float32:
            return Tensor(shape: shape) { out in
                guard let to = out.baseAddress else { return }
                overElements(count) { kernels.widen_bfloat16($1, narrowPointer + $0, to + $0) }
            }
        case .bfloat16:
            let narrow = Tensor(shape: shape, dtype: .bfloat16, storage: Storage(byteCount: 2 * count))
            let to = narrow.narrowPointer
            overElements(count) { kernels.narrow_bfloat16($1, pointer + $0, to + $0) }
            return narrow
        case .float16, .int32, .uint8: fatalError("converted(to:): tensors do not hold \(dtype)")
        }
    }

    /// Converts the values as a recorded operation; the gradient passes unchanged.
    ///
    /// - Parameter dtype: float32 or bfloat16.
    /// - Returns: A tensor of this shape; itself when it has the type.
    func rounded(to dtype: DType) -> Tensor {
        guard dtype != self.dtype else { return self }
        return detached.converted(to: dtype).recorded(from: [self]) { d, _ in [d] }
    }
}
