// Stored bytes to float32 tensors and back.
internal import CKernels

extension Tensor {
    /// Widens stored elements to float32: exact for every type here.
    ///
    /// - Parameters:
    ///   - bytes: Little-endian elements, as many as the shape asks for; any alignment.
    ///   - dtype: Their type; `uint8` gives 0...255.
    ///   - shape: Sizes of the result.
    public init(widening bytes: UnsafeRawBufferPointer, dtype: DType, shape: [Int]) {
        let count = shape.reduce(1, *)
        require(
            bytes.count == count * dtype.byteCount, "widening: \(bytes.count) bytes of \(dtype) for \(shape)")
        self.init(shape: shape) { out in
            guard let to = out.baseAddress, let from = bytes.baseAddress, count > 0 else { return }
            switch dtype {
            case .float32: UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: bytes.count)
            case .bfloat16:
                // The kernel reads whole elements; x86-64 and arm64 allow them at any address.
                overElements(count) {
                    kernels.widen_bfloat16(
                        $1, (from + 2 * $0).assumingMemoryBound(to: UInt16.self), to + $0)
                }
            case .float16:
                for i in 0..<count {
                    to[i] = Float(
                        Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))
                }
            case .int32:
                for i in 0..<count {
                    to[i] = Float(bytes.loadUnaligned(fromByteOffset: 4 * i, as: Int32.self))
                }
            case .uint8: for i in 0..<count { to[i] = Float(bytes[i]) }
            }
        }
    }

    /// The elements as little-endian bytes of a floating-point type, rounded to nearest even.
    public func bytes(as dtype: DType) -> [UInt8] {
        let count = count
        return [UInt8](unsafeUninitializedCapacity: count * dtype.byteCount) { out, written in
            guard let to = out.baseAddress, count > 0 else { return }
            let raw = UnsafeMutableRawPointer(to)
            switch dtype {
            case .float32: raw.copyMemory(from: pointer, byteCount: 4 * count)
            case .bfloat16: kernels.narrow_bfloat16(count, pointer, raw.assumingMemoryBound(to: UInt16.self))
            case .float16:
                for i in 0..<count {
                    raw.storeBytes(of: Float16(pointer[i]).bitPattern, toByteOffset: 2 * i, as: UInt16.self)
                }
            case .int32, .uint8: fatalError("bytes(as:): \(dtype) is not a floating-point type")
            }
            written = count * dtype.byteCount
        }
    }
}
