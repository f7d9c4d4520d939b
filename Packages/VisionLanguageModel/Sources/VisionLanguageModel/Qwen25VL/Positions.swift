// M-RoPE positions: where a token stands in time, row and column.
//
// The classical rule (transformers <= 4.49, vLLM, verl, EasyR1). Text moves all three rows by one; an
// image's tokens share a time and count rows and columns; what follows starts after the largest.
internal import Foundation
public import TensorMath

/// Positions of a run of tokens: three rows of equal length.
public struct Positions: Sendable, Equatable {
    /// Position in time, row and column of each token.
    public private(set) var time: [Int32] = [], row: [Int32] = [], column: [Int32] = []
    /// The position that the next text token gets.
    public private(set) var next: Int32 = 0

    /// No tokens yet.
    public init() {}

    /// Number of tokens.
    public var count: Int { time.count }

    /// Appends `count` text tokens.
    public mutating func appendText(_ count: Int) {
        for _ in 0..<count {
            time.append(next)
            row.append(next)
            column.append(next)
            next += 1
        }
    }

    /// Appends the tokens of an image whose merged grid has `rows` x `columns` cells.
    public mutating func appendImage(rows: Int, columns: Int) {
        for r in 0..<rows {
            for c in 0..<columns {
                time.append(next)
                row.append(next + Int32(r))
                column.append(next + Int32(c))
            }
        }
        next += Int32(max(1, max(rows, columns)))
    }

    /// Appends one token at the same place on all rows, without moving `next`.
    public mutating func append(at position: Int32) {
        time.append(position)
        row.append(position)
        column.append(position)
    }

    /// Appends the tokens of other positions as they are.
    public mutating func append(_ other: Positions) {
        time += other.time
        row += other.row
        column += other.column
        next = max(next, other.next)
    }

    /// The angles of every token: the first `section[0]` frequencies turn by time, the next by row, the
    /// last by column.
    ///
    /// Frequencies are `theta^(-2i/headSize)`, in float32 as the reference computes them.
    public func angles(_ sizes: TextConfiguration) -> RotaryAngles {
        let half = sizes.headSize / 2
        let rows = [time, row, column]
        var sources: [[Int32]] = []
        for (index, width) in sizes.mropeSection.enumerated() {
            sources += Array(repeating: rows[index % 3], count: width)
        }
        let frequencies = inverseFrequencies(theta: sizes.ropeTheta, size: sizes.headSize)
        var angles = [Float](repeating: 0, count: count * half)
        for token in 0..<count {
            for i in 0..<half { angles[token * half + i] = Float(sources[i][token]) * frequencies[i] }
        }
        return RotaryAngles(angles, rowCount: count)
    }
}

/// `theta^(-2i/size)` for `i < size / 2`, in float32.
func inverseFrequencies(theta: Double, size: Int) -> [Float] {
    (0..<size / 2).map { 1 / Float(pow(theta, Double(2 * $0) / Double(size))) }
}
