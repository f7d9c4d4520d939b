// Products with weights in 8 or 4 bits.
internal import Basics
internal import CHalf
internal import CKernels

extension WeightCodes {
    /// The number of these codes in the kernels.
    var kernelCode: Int32 { Int32(self == .int8 ? R1_CODES_INT8 : R1_CODES_INT4) }
}

extension QuantizedMatrix {
    /// `x W^T`, not recorded.
    ///
    /// Up to 16 rows, as in decoding, read the weights once: x is rounded to int8 with a scale per 32 columns, sums
    /// of 128 or 256 products are exact and added in float32. With more rows, panels of the weights are widened
    /// to `computeType` in the cache and multiplied as other weights are.
    ///
    /// - Parameter x: [N, in], float32 or bfloat16.
    /// - Returns: [N, out], float32.
    func product(_ x: Tensor) -> Tensor {
        require(x.columnCount == columns, "QuantizedMatrix: x \(x.shape) for \(columns) columns")
        return Tensor(shape: [x.rowCount, shape[0]]) { y in
            guard x.rowCount > 0, let y = y.baseAddress else { return }
            if x.rowCount <= fewVectorRows {
                multiplyFew(x.detached.converted(to: .float32), into: y)
            } else if computeType == .bfloat16 {
                multiplyPanels(x.detached.converted(to: .bfloat16), UInt16.self, into: y)
            } else {
                multiplyPanels(x.detached.converted(to: .float32), Float.self, into: y)
            }
        }
    }

    private func multiplyFew(_ x: Tensor, into y: UnsafeMutablePointer<Float>) {
        let (count, out, code) = (x.rowCount, shape[0], codes.kernelCode)
        let packedBytes = count * ((columns + 255) / 256 * 512)
        withUnsafeTemporaryAllocation(byteCount: max(64, packedBytes), alignment: 64) { packed in
            kernels.pack_quantized_rows(code, count, columns, x.pointer, packed.baseAddress)
            let grain = max(16, (1 << 16) / max(1, rowByteCount))
            inParallel(out, grain: grain) { part in
                kernels.quantized_rows(
                    code, count, columns, out, part.lowerBound, part.upperBound, packed.baseAddress,
                    codesOfRow(0), scalesOfRow(0), y)
            }
        }
    }

    private func multiplyPanels<Element: WidenedCodes>(
        _ x: Tensor, _ type: Element.Type, into y: UnsafeMutablePointer<Float>
    ) {
        let (count, out, columns) = (x.rowCount, shape[0], columns)
        let left = MatrixView(pointer: Element.pointer(x), leading: columns)
        // A panel and its product stay in the second-level cache.
        let panel = max(16, (1 << 20) / max(1, columns * MemoryLayout<Element>.stride) / 16 * 16)
        inParallel(out, grain: panel) { part in
            let scratch = Storage(byteCount: panel * columns * MemoryLayout<Element>.stride)
            let start = scratch.bytes.assumingMemoryBound(to: Element.self)
            for first in stride(from: part.lowerBound, to: part.upperBound, by: panel) {
                let width = min(panel, part.upperBound - first)
                for row in 0..<width {
                    Element.widen(
                        codes.kernelCode, columns, codesOfRow(first + row), scalesOfRow(first + row),
                        into: start + row * columns)
                }
                Element.multiplyOnThisThread(
                    count, width, columns, left,
                    MatrixView(pointer: start, leading: columns, isTransposed: true), beta: 0,
                    into: y + first, leading: out)
            }
            withExtendedLifetime(scratch) {}
        }
    }
}

/// An element type to which the codes of a row can be widened.
private protocol WidenedCodes: ProductElement {
    static func widen(
        _ codes: Int32, _ count: Int, _ row: UnsafePointer<UInt8>, _ scales: UnsafePointer<UInt16>,
        into out: UnsafeMutablePointer<Self>)
}

extension Float: WidenedCodes {
    static func widen(
        _ codes: Int32, _ count: Int, _ row: UnsafePointer<UInt8>, _ scales: UnsafePointer<UInt16>,
        into out: UnsafeMutablePointer<Float>
    ) { kernels.widen_codes(codes, count, row, scales, out) }
}

extension UInt16: WidenedCodes {
    static func widen(
        _ codes: Int32, _ count: Int, _ row: UnsafePointer<UInt8>, _ scales: UnsafePointer<UInt16>,
        into out: UnsafeMutablePointer<UInt16>
    ) { kernels.narrow_codes(codes, count, row, scales, out) }
}
