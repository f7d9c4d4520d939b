// Operations that copy rows and columns: gather, replace, cut.
internal import Basics
internal import CKernels
internal import Foundation

extension Tensor {
    /// Row `indices[i]` of this tensor as row `i` of the result.
    ///
    /// An index may occur several times. This is the embedding lookup, and the window permutation of the
    /// vision tower and its inverse. Backward adds the gradient of every row to its source row, in order.
    ///
    /// - Parameter indices: Each in `0..<rowCount`.
    /// - Returns: [indices.count, ...], in the order of the indices.
    public func gatherRows(_ indices: [Int]) -> Tensor {
        let (n, c) = (rowCount, columnCount)
        require(indices.allSatisfy { $0 >= 0 && $0 < n }, "gatherRows: an index is outside 0..<\(n)")
        let result = Tensor(shape: [indices.count] + shape.dropFirst()) { out in
            guard let to = out.baseAddress else { return }
            inParallel(indices.count, grain: rowGrain(c)) {
                for row in $0 {
                    switch dtype {
                    case .bfloat16: kernels.widen_bfloat16(c, narrowPointer + indices[row] * c, to + row * c)
                    default: (to + row * c).update(from: pointer + indices[row] * c, count: c)
                    }
                }
            }
        }
        let shape = shape
        return result.recorded(summing: [self]) { d, _, sums in
            if let own = Tensor.takeOwned(&sums[0]) {
                own.addRows(d, to: indices)
                sums[0] = own
            } else {
                Tensor.add(d.scatteredRows(to: indices, shape: shape), to: &sums[0])
            }
        }
    }

    /// Zeros of `shape` to which row `i` of this tensor was added at row `indices[i]`, in order.
    private func scatteredRows(to indices: [Int], shape: [Int]) -> Tensor {
        Tensor(shape: shape) { out in
            guard let to = out.baseAddress else { return }
            scatterAdd(pointer, to: indices, columns: columnCount, into: to, count: out.count)
        }
    }

    /// Adds what `scatteredRows` gives to this tensor's own memory, which must have a single owner, without a tensor of
    /// this size: the gradient of an embedding table has few rows.
    private func addRows(_ rows: Tensor, to indices: [Int]) {
        var (distinct, places) = ([Int](), [Int](repeating: 0, count: indices.count))
        for row in indices.indices.sorted(by: { indices[$0] < indices[$1] }) {
            if distinct.last != indices[row] { distinct.append(indices[row]) }
            places[row] = distinct.count - 1
        }
        let c = columnCount
        let sums = rows.scatteredRows(to: places, shape: [distinct.count] + shape.dropFirst())
        let targets = distinct
        inParallel(targets.count, grain: rowGrain(c)) {
            for row in $0 { kernels.accumulate(c, sums.pointer + row * c, pointer + targets[row] * c) }
        }
    }

    /// This tensor with row `indices[i]` replaced by row `i` of `rows`.
    ///
    /// - Parameters:
    ///   - indices: Distinct rows, each in `0..<rowCount`.
    ///   - rows: [indices.count, columnCount]
    /// - Returns: A tensor of this shape.
    public func replacingRows(_ indices: [Int], with rows: Tensor) -> Tensor {
        let c = columnCount
        require(
            rows.rowCount == indices.count && rows.columnCount == c,
            "replacingRows: \(rows.shape) for \(indices.count) rows of \(c)")
        let result = Tensor(shape: shape) { out in
            guard let to = out.baseAddress else { return }
            to.update(from: pointer, count: out.count)
            for (row, index) in indices.enumerated() {
                (to + index * c).update(from: rows.pointer + row * c, count: c)
            }
        }
        return result.recorded(from: [self, rows]) { d, needed in
            let dSelf =
                !needed[0]
                ? nil
                : Tensor(shape: d.shape) { out in
                    guard let to = out.baseAddress else { return }
                    to.update(from: d.pointer, count: out.count)
                    for index in indices { (to + index * c).update(repeating: 0, count: c) }
                }
            return [dSelf, needed[1] ? d.gatherRows(indices) : nil]
        }
    }

    /// The rows of all parts, in order; the parts are not recorded.
    ///
    /// - Parameter parts: Float32, with rows of one size; at least one.
    /// - Returns: [sum of the row counts, ...]
    public static func joiningRows(_ parts: [Tensor]) -> Tensor {
        require(!parts.isEmpty, "joiningRows: no parts")
        let (first, count) = (parts[0], parts.reduce(0) { $0 + $1.rowCount })
        return Tensor(shape: [count] + first.shape.dropFirst()) { out in
            guard var to = out.baseAddress else { return }
            for part in parts {
                part.requireConstant("joiningRows", instead: "replacingRows")
                require(
                    part.columnCount == first.columnCount, "joiningRows: \(part.shape) after \(first.shape)")
                to.update(from: part.pointer, count: part.count)
                to += part.count
            }
        }
    }

    /// Columns `range` of a matrix, copied: [N, C] to [N, range.count].
    public func columns(_ range: Range<Int>) -> Tensor {
        let (n, c, width) = (rowCount, columnCount, range.count)
        require(range.lowerBound >= 0 && range.upperBound <= c, "columns \(range) of shape \(shape)")
        let result = Tensor(shape: [n, width]) { out in
            guard let to = out.baseAddress else { return }
            for row in 0..<n {
                (to + row * width).update(from: pointer + row * c + range.lowerBound, count: width)
            }
        }
        let shape = shape
        return result.recorded(from: [self]) { d, _ in
            [
                Tensor(shape: shape) { out in
                    out.initialize(repeating: 0)
                    guard let to = out.baseAddress else { return }
                    for row in 0..<n {
                        (to + row * c + range.lowerBound).update(from: d.pointer + row * width, count: width)
                    }
                }
            ]
        }
    }
}

/// Adds row `i` of `rows` [indices.count, columns] to row `indices[i]` of a table that starts as zeros.
///
/// Each thread takes some columns of every row, so that repeated rows are added in order.
private func scatterAdd(
    _ rows: UnsafePointer<Float>, to indices: [Int], columns: Int, into table: UnsafeMutablePointer<Float>,
    count: Int
) {
    overElements(count) { (table + $0).initialize(repeating: 0, count: $1) }
    inParallel(columns, grain: max(64, (1 << 15) / max(1, indices.count))) { part in
        for (row, index) in indices.enumerated() {
            kernels.accumulate(
                part.count, rows + row * columns + part.lowerBound, table + index * columns + part.lowerBound)
        }
    }
}
