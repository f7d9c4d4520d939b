// Limits of memory bandwidth: loops that only read and write, with the same ratio as the kernels they are
// compared to.
//
// They use ordinary stores, as the kernels do, so a line is read before it is written.
import Basics
import TensorMath

/// An array larger than any cache, shared by several limits and kernels.
struct Stream: @unchecked Sendable {
    let start: UnsafeMutablePointer<SIMD16<Float>>
    /// Number of floats.
    let count: Int

    /// Allocates and touches the memory, which is never freed.
    init(count: Int) {
        self.count = count / 16 * 16
        let raw = UnsafeMutableRawPointer.allocate(byteCount: self.count * 4, alignment: 1 << 21)
        start = raw.bindMemory(to: SIMD16<Float>.self, capacity: self.count / 16)
        for i in 0..<self.count / 16 { start[i] = SIMD16(repeating: Float(i % 100) / 100) }
    }

    /// The memory as plain floats.
    var floats: UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(start).assumingMemoryBound(to: Float.self)
    }
}

/// Runs `body` over vectors of 16 floats on all threads.
private func overVectors(_ count: Int, _ body: (Range<Int>) -> Void) {
    inParallel(count / 16, grain: 1, body)
}

/// Keeps a value that the compiler would remove.
@inline(never) private func keep(_ value: Float) { if value == 12_345.678 { print(value) } }

/// Reads `byteCount` bytes at `start` on all threads.
func streamRead(_ start: UnsafeRawPointer, byteCount: Int) {
    let vectors = start.assumingMemoryBound(to: SIMD16<Float>.self)
    inParallel(byteCount / 256, grain: 1) { part in
        var (a, b, c, d) = (
            SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero
        )
        for i in part {
            a += vectors[4 * i]
            b += vectors[4 * i + 1]
            c += vectors[4 * i + 2]
            d += vectors[4 * i + 3]
        }
        keep((a + b + c + d).sum())
    }
}

/// `out = x`: one array read, one written.
func streamCopy(_ x: Stream, _ out: Stream, count: Int) {
    overVectors(count) { for i in $0 { out.start[i] = x.start[i] * 2 } }
}

/// `out = x + y`: two arrays read, one written.
func streamSum(_ x: Stream, _ y: Stream, _ out: Stream, count: Int) {
    overVectors(count) { for i in $0 { out.start[i] = x.start[i] + y.start[i] } }
}

/// `sum = x + y` and `out = sum / 2`: two arrays read, two written.
func streamSumTwice(_ x: Stream, _ y: Stream, _ sum: Stream, _ out: Stream, count: Int) {
    overVectors(count) {
        for i in $0 {
            let value = x.start[i] + y.start[i]
            sum.start[i] = value
            out.start[i] = value * 0.5
        }
    }
}

/// One array read, three changed in place, as an optimizer does.
func streamUpdate(_ x: Stream, _ a: Stream, _ b: Stream, _ c: Stream, count: Int) {
    overVectors(count) {
        for i in $0 {
            let value = x.start[i]
            a.start[i] += value
            b.start[i] += value
            c.start[i] += value
        }
    }
}

/// Two bytes read for four written.
func streamWiden(_ x: Stream, _ out: Stream, count: Int) {
    let halves = UnsafeRawPointer(x.start).assumingMemoryBound(to: SIMD16<UInt16>.self)
    let words = UnsafeMutableRawPointer(out.start).assumingMemoryBound(to: SIMD16<UInt32>.self)
    overVectors(count) { for i in $0 { words[i] = SIMD16(truncatingIfNeeded: halves[i]) } }
}

/// Four bytes read for two written.
func streamNarrow(_ x: Stream, _ out: Stream, count: Int) {
    let words = UnsafeRawPointer(x.start).assumingMemoryBound(to: SIMD16<UInt32>.self)
    let halves = UnsafeMutableRawPointer(out.start).assumingMemoryBound(to: SIMD16<UInt16>.self)
    overVectors(count) { for i in $0 { halves[i] = SIMD16(truncatingIfNeeded: words[i] &>> 16) } }
}
