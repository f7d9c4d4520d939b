// Dot products, which are the cosines of rows of unit length.

/// Dot products of all pairs: `left` is [m, d], `right` [n, d], the result [m, n].
func dotProducts(_ left: [Float], _ right: [Float], dimension d: Int) -> [Float] {
    guard d > 0 else { return [] }
    let (m, n) = (left.count / d, right.count / d)
    guard m > 0, n > 0 else { return [] }
    return [Float](unsafeUninitializedCapacity: m * n) { result, count in
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                // Both have a base address: m, n and d are at least 1, and m * d and n * d elements are in
                // bounds.
                guard let leftBase = left.baseAddress, let rightBase = right.baseAddress else { return }
                for i in 0..<m {
                    for j in 0..<n { result[i * n + j] = dot(leftBase + i * d, rightBase + j * d, d) }
                }
            }
        }
        count = m * n
    }
}

/// A dot product with two vector accumulators, because the compiler does not vectorize a plain float sum.
private func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
    var (sum0, sum1) = (SIMD8<Float>.zero, SIMD8<Float>.zero)
    var index = 0
    while index + 16 <= count {
        let (a, b) = (UnsafeRawPointer(a + index), UnsafeRawPointer(b + index))
        sum0 += a.loadUnaligned(as: SIMD8<Float>.self) * b.loadUnaligned(as: SIMD8<Float>.self)
        sum1 +=
            a.loadUnaligned(fromByteOffset: 32, as: SIMD8<Float>.self)
            * b.loadUnaligned(fromByteOffset: 32, as: SIMD8<Float>.self)
        index += 16
    }
    var sum = (sum0 + sum1).sum()
    while index < count {
        sum += a[index] * b[index]
        index += 1
    }
    return sum
}
