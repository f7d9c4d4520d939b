// Which bytes of a file are a tensor's elements, in row-major order, for a tensor that is a view of its storage.
internal import Basics

/// The places of a tensor's elements.
struct StridedLayout: Sendable, Equatable {
    private let start: Int
    private let elementByteCount: Int
    private let shape: [Int]
    /// Bytes from one index of a dimension to the next.
    private let steps: [Int]
    /// The elements.
    let count: Int
    /// The bytes of the file when they are one run in row-major order.
    let run: Range<Int>?

    /// The layout of a tensor in the bytes of its storage; nil when it leaves them.
    init?(_ tensor: PickleTensor, in bytes: Range<Int>) {
        let size = tensor.type.byteCount
        guard
            let byteCount = tensor.shape.reduce(
                Int?.some(size),
                { total, side in
                    guard let total else { return nil }
                    let (product, overflow) = total.multipliedReportingOverflow(by: side)
                    return overflow ? nil : product
                })
        else { return nil }
        /// The last element's place, counted in bytes from the storage's start.
        var last: Int? = 0
        func add(_ number: Int, _ factor: Int) {
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            guard let sum = last, !overflow else { return last = nil }
            let (next, tooLarge) = sum.addingReportingOverflow(product)
            last = tooLarge ? nil : next
        }
        add(tensor.offset, size)
        let first = last
        for (side, stride) in zip(tensor.shape, tensor.strides) where side > 1 {
            let (step, overflow) = stride.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            add(side - 1, step)
        }
        guard let first, let last, byteCount == 0 || last <= bytes.count - size else { return nil }
        guard byteCount > 0 || first <= bytes.count else { return nil }
        start = bytes.lowerBound + first
        elementByteCount = size
        shape = tensor.shape
        count = byteCount / size
        steps = zip(tensor.shape, tensor.strides).map { $0 > 1 ? $1 * size : 0 }
        var expected = size
        var isRun = true
        for (side, step) in zip(shape, steps).reversed() where side > 1 {
            isRun = isRun && step == expected
            expected *= side
        }
        run = isRun || byteCount == 0 ? start..<start + byteCount : nil
    }

    /// Copies elements, counted in row-major order, from the file's bytes, which begin at byte 0.
    func gather(
        _ elements: Range<Int>, from file: UnsafeRawBufferPointer, to memory: UnsafeMutableRawBufferPointer
    ) {
        guard !elements.isEmpty else { return }
        var index = [Int](repeating: 0, count: shape.count)
        var rest = elements.lowerBound
        var place = start
        for dimension in shape.indices.reversed() {
            (rest, index[dimension]) = rest.quotientAndRemainder(dividingBy: shape[dimension])
            place += index[dimension] * steps[dimension]
        }
        for number in 0..<elements.count {
            let element = unsafe UnsafeRawBufferPointer(rebasing: file[place..<place + elementByteCount])
            unsafe UnsafeMutableRawBufferPointer(rebasing: memory[(number * elementByteCount)...])
                .copyMemory(from: element)
            var dimension = shape.count - 1
            while dimension >= 0 {
                index[dimension] += 1
                place += steps[dimension]
                if index[dimension] < shape[dimension] { break }
                place -= index[dimension] * steps[dimension]
                index[dimension] = 0
                dimension -= 1
            }
        }
    }
}
