// Token rows of the embedding table, normalised when first asked for, and the cosines between two sets of
// them.
import Synchronization

/// The frozen input embedding table, as BMAS needs it.
///
/// The rows must not change during a run: a table that trains along could be bent until all tokens look
/// alike.
public protocol TokenEmbedding: Sendable {
    /// The tokens of a text, without special tokens.
    func ids(_ text: String) -> [Int32]
    /// The row of a token that `ids` returned: `dimension` numbers, not normalised.
    func row(_ id: Int32) -> [Float]
    /// The length of a row.
    var dimension: Int { get }
}

/// Rows of unit length, kept for the tokens that occur; a table of 151,936 rows is never normalised as a
/// whole.
final class UnitRows: Sendable {
    private let embedding: any TokenEmbedding
    private let capacity: Int
    private let cache = Mutex<[Int32: [Float]]>([:])

    init(_ embedding: any TokenEmbedding, capacity: Int) {
        (self.embedding, self.capacity) = (embedding, capacity)
    }

    /// The rows of `ids`, one after another.
    ///
    /// A row of zeros stays zero. Throws ``RewardError/badEmbedding``.
    func rows(_ ids: [Int32]) throws -> [Float] {
        var rows: [Float] = []
        rows.reserveCapacity(ids.count * embedding.dimension)
        for id in ids { rows += try row(id) }
        return rows
    }

    private func row(_ id: Int32) throws -> [Float] {
        if let row = cache.withLock({ $0[id] }) { return row }
        var row = embedding.row(id)
        guard row.count == embedding.dimension else {
            throw RewardError.badEmbedding(
                token: id, reason: "\(row.count) numbers instead of \(embedding.dimension)")
        }
        let norm = row.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard norm.isFinite else { throw RewardError.badEmbedding(token: id, reason: "not finite") }
        if norm > 0 {
            for index in row.indices { row[index] = Float(Double(row[index]) / norm) }
        }
        let unit = row
        cache.withLock { cache in
            if cache.count >= capacity { cache.removeAll(keepingCapacity: true) }
            cache[id] = unit
        }
        return unit
    }
}

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

/// One dot product in two vector accumulators: a plain float sum does not vectorise.
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
