// The position of each token in time, row and column, and its rotation angles.
//
// A text token advances all three by one; models with plain positions use nothing else. Under M-RoPE all
// tokens of an image share one time index and differ in row and column; those of a video differ in time too.
// The next token starts after the largest position (VideoPositionRule describes what other releases do).
public import ModelFamilies
public import TensorMath

/// Positions of a run of tokens: three rows of equal length.
public struct Positions: Sendable, Equatable {
    /// Position in time, row and column of each token.
    public private(set) var time: [Int32] = [], row: [Int32] = [], column: [Int32] = []
    /// The position that the next text token gets.
    public private(set) var next: Int32 = 0
    /// Length of the sequence when each token was computed: the prompt's length for all of its tokens.
    private var lengths: [Int32] = []

    /// No tokens yet.
    public init() {}

    /// Number of tokens.
    public var count: Int { time.count }

    /// Appends `count` text tokens.
    mutating func appendText(_ count: Int) {
        for _ in 0..<count {
            append(at: next)
            next += 1
        }
    }

    /// Appends the tokens of an image whose merged grid has `rows` x `columns` cells.
    mutating func appendImage(rows: Int, columns: Int) {
        appendFrame(time: 0, rows: rows, columns: columns)
        next += Int32(max(1, max(rows, columns)))
    }

    /// Appends the tokens of a video.
    ///
    /// - Parameters:
    ///   - steps: Steps in time.
    ///   - rows: Rows of the merged grid.
    ///   - columns: Columns of the merged grid.
    ///   - secondsPerStep: Seconds between two steps.
    ///   - tokensPerSecond: Positions per second.
    ///   - rule: The release whose positions to reproduce.
    mutating func appendVideo(
        steps: Int, rows: Int, columns: Int, secondsPerStep: Double, tokensPerSecond: Double,
        rule: VideoPositionRule
    ) {
        // In float32, in the reference's order: truncation turns a rounding difference into a whole position.
        let seconds =
            rule == .wholeSeconds ? Float(secondsPerStep.rounded(.towardZero)) : Float(secondsPerStep)
        func time(_ step: Int) -> Int32 { Int32(Float(step) * seconds * Float(tokensPerSecond)) }
        for step in 0..<steps { appendFrame(time: time(step), rows: rows, columns: columns) }
        let extent = Int32(max(1, max(rows, columns)))
        next += rule == .afterFrame ? extent : max(extent, time(max(0, steps - 1)) + 1)
    }

    private mutating func appendFrame(time offset: Int32, rows: Int, columns: Int) {
        for r in 0..<rows {
            for c in 0..<columns {
                time.append(next + offset)
                row.append(next + Int32(r))
                column.append(next + Int32(c))
                lengths.append(next + 1)
            }
        }
    }

    /// Appends one token with the same position in time, row and column, without changing `next`.
    public mutating func append(at position: Int32) {
        time.append(position)
        row.append(position)
        column.append(position)
        lengths.append(position + 1)
    }

    /// Appends the tokens of a separate sequence, with their positions unchanged.
    public mutating func append(_ other: Positions) {
        time += other.time
        row += other.row
        column += other.column
        lengths += repeatElement(other.next, count: other.count)
        next = max(next, other.next)
    }

    /// Appends some tokens of a separate sequence, with their positions unchanged.
    mutating func append(_ other: Positions, _ range: Range<Int>) {
        time += other.time[range]
        row += other.row[range]
        column += other.column[range]
        lengths += repeatElement(other.next, count: range.count)
        next = max(next, other.next)
    }

    /// What the angles of a token of this sequence depend on.
    func place(of index: Int, _ rotary: RotaryConfiguration) -> TokenPlace {
        TokenPlace(time: time[index], row: row[index], column: column[index], length: next, rotary)
    }

    /// The rotation angles of every token.
    ///
    /// Under `dynamic` a prompt's tokens use the base for the prompt's length, and each answer token the base
    /// for the length up to and including it. A decoder with a cache computes the same angles, and sharing a
    /// prompt between answers does not change them.
    public func angles(_ sizes: TextConfiguration) -> RotaryAngles {
        let half = sizes.headSize / 2
        var sources = Array(repeating: time, count: half)
        if case .sections(let widths) = sizes.rotary.kind {
            let rows = [time, row, column]
            sources = widths.enumerated().flatMap { Array(repeating: rows[$0 % 3], count: $1) }
        }
        var known: (length: Int32, frequencies: [Float]) = (0, [])
        var angles = [Float](repeating: 0, count: count * half)
        for token in 0..<count {
            if known.frequencies.isEmpty || known.length != lengths[token] && sizes.rotary.isDynamic {
                known = (
                    lengths[token], sizes.rotary.frequencies(size: sizes.headSize, length: lengths[token])
                )
            }
            for i in 0..<half { angles[token * half + i] = Float(sources[i][token]) * known.frequencies[i] }
        }
        return RotaryAngles(angles, rowCount: count)
    }
}

/// What the rotation angles of a token depend on: equal places have equal angles.
struct TokenPlace: Equatable, Sendable {
    private let time, row, column: Int32
    /// Length of the sequence, where the frequencies depend on it; else 0.
    private let length: Int32

    init(time: Int32, row: Int32, column: Int32, length: Int32, _ rotary: RotaryConfiguration) {
        (self.time, self.row, self.column) = (time, row, column)
        // At the first position nothing is rotated, whatever the frequencies.
        if case .dynamic(_, let trained) = rotary.kind, length > trained, max(time, row, column) > 0 {
            self.length = length
        } else {
            self.length = 0
        }
    }

    /// The place of an answer's token.
    init(position: Int32, _ rotary: RotaryConfiguration) {
        self.init(time: position, row: position, column: position, length: position + 1, rotary)
    }
}

extension RotaryConfiguration {
    fileprivate var isDynamic: Bool {
        if case .dynamic = kind { true } else { false }
    }
}
