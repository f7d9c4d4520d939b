// Statistics of the differences between two tensors. They can be merged over the pieces of a tensor and over
// the tensors of a layer. The loops over the elements are in C (CCompare).
internal import Basics
internal import CCompare

/// Which differences between two elements still count as equal.
///
/// Equal bits are always equal. Without any tolerance nothing else is: 0 and -0 differ, and so do NaN with
/// different bits. Any tolerance, even 0, compares by value: 0 equals -0.
public struct Tolerances: Sendable, Equatable {
    /// The allowed absolute difference, or nil.
    var absolute: Double?
    /// The allowed difference relative to the magnitude in the second model, or nil.
    var relative: Double?
    /// The allowed steps of the element type, or nil; 1 allows the next number that the type can hold.
    var ulp: Int?
    /// Whether a NaN equals any other NaN.
    var equalNaN: Bool

    /// Combines tolerances, none of which is negative.
    ///
    /// Elements are equal when |a - b| <= absolute + relative * |b|, as in NumPy's `isclose`, or when they
    /// are at most `ulp` steps apart.
    public init(
        absolute: Double? = nil, relative: Double? = nil, ulp: Int? = nil, equalNaN: Bool = false
    ) {
        self.absolute = absolute
        self.relative = relative
        self.ulp = ulp
        self.equalNaN = equalNaN
    }

    /// Elements are equal when their bits are.
    static let exact = Tolerances()

    /// Whether only equal bits count as equal, NaN aside.
    var isExact: Bool { absolute == nil && relative == nil && ulp == nil }

    fileprivate var forKernel: r1_tolerances {
        r1_tolerances(
            absolute: absolute ?? 0, relative: relative ?? 0, ulp: UInt64(max(0, ulp ?? 0)),
            exact: isExact ? 1 : 0, equal_nan: equalNaN ? 1 : 0)
    }
}

/// Statistics of the differences between two runs of elements.
///
/// The result does not depend on the number of threads: sums are taken in one order.
struct ElementStatistics: Sendable, Equatable {
    /// The number of elements.
    var elementCount = 0
    /// The bits of the elements on one side, where both sides have one type; 0 otherwise.
    var bitCount = 0
    /// Elements whose bits differ; of two types, elements whose values do.
    var changedCount = 0
    /// Bits that differ; 0 where the types do.
    var changedBitCount = 0
    /// Elements that exceed the tolerances.
    var beyondCount = 0
    /// The largest |a - b|; pairs with a NaN are left out of this and of all sums.
    var maximum = 0.0
    /// The sum of |a - b|.
    var distanceSum = 0.0
    /// The sum of (a - b)².
    var distanceSquares = 0.0
    /// The sum of a² over the elements that are finite on both sides.
    var squaresA = 0.0
    /// The sum of b² over the elements that are finite on both sides.
    var squaresB = 0.0
    /// The sum of a * b over the elements that are finite on both sides.
    var products = 0.0
    /// The most steps of the element type between two elements; nil where the types differ.
    var largestULP: Int? = 0
    /// NaN elements in the first model.
    var nanCountA = 0
    /// NaN elements in the second model.
    var nanCountB = 0
    /// Infinite elements in the first model.
    var infinityCountA = 0
    /// Infinite elements in the second model.
    var infinityCountB = 0

    /// Statistics of no elements.
    init() {}

    /// The mean of |a - b| over all elements.
    var mean: Double { elementCount == 0 ? 0 : distanceSum / Double(elementCount) }

    /// The root of the mean of (a - b)² over all elements.
    var rootMeanSquare: Double {
        elementCount == 0 ? 0 : (distanceSquares / Double(elementCount)).squareRoot()
    }

    /// The norm of the difference over the norm of the first: 0.01 is a change by one percent.
    ///
    /// Infinite when the first is all zeros and the second is not.
    var relative: Double {
        distanceSquares == 0 ? 0 : (distanceSquares / squaresA).squareRoot()
    }

    /// The cosine of the angle between the two, from -1 to 1; nil when one of them is all zeros.
    var cosine: Double? {
        guard squaresA > 0, squaresB > 0 else { return nil }
        guard changedCount > 0 else { return 1 }
        return max(-1, min(1, products / (squaresA.squareRoot() * squaresB.squareRoot())))
    }

    /// The part of the elements that changed, from 0 to 1.
    var changedFraction: Double {
        elementCount == 0 ? 0 : Double(changedCount) / Double(elementCount)
    }

    /// The part of the bits that changed, from 0 to 1.
    var changedBitFraction: Double { bitCount == 0 ? 0 : Double(changedBitCount) / Double(bitCount) }

    /// Adds the statistics of other elements.
    mutating func merge(_ other: ElementStatistics) {
        elementCount += other.elementCount
        bitCount += other.bitCount
        changedCount += other.changedCount
        changedBitCount += other.changedBitCount
        beyondCount += other.beyondCount
        maximum = max(maximum, other.maximum)
        distanceSum += other.distanceSum
        distanceSquares += other.distanceSquares
        squaresA += other.squaresA
        squaresB += other.squaresB
        products += other.products
        largestULP = largestULP.flatMap { mine in other.largestULP.map { max(mine, $0) } }
        nanCountA += other.nanCountA
        nanCountB += other.nanCountB
        infinityCountA += other.infinityCountA
        infinityCountB += other.infinityCountB
    }

    /// Compares `count` stored elements; both sides hold at least that many.
    init(
        _ a: UnsafeRawBufferPointer, _ dtypeA: DType, _ b: UnsafeRawBufferPointer, _ dtypeB: DType,
        count: Int,
        _ tolerances: Tolerances
    ) {
        require(
            count * dtypeA.byteCount <= a.count && count * dtypeB.byteCount <= b.count,
            "\(count) elements do not fit into \(a.count) and \(b.count) bytes")
        var distance = r1_distance()
        var allowed = tolerances.forKernel
        unsafe r1_compare(
            a.baseAddress, dtypeA.comparisonCode, b.baseAddress, dtypeB.comparisonCode, count, &allowed,
            &distance)
        elementCount = count
        bitCount = dtypeA == dtypeB ? count * dtypeA.byteCount * 8 : 0
        changedCount = Int(distance.changed)
        changedBitCount = Int(distance.changed_bits)
        beyondCount = Int(distance.beyond)
        maximum = distance.maximum
        distanceSum = distance.sum
        distanceSquares = distance.squares
        squaresA = distance.squares_a
        squaresB = distance.squares_b
        products = distance.products
        largestULP = dtypeA == dtypeB ? Int(distance.largest_ulp) : nil
        nanCountA = Int(distance.nan_a)
        nanCountB = Int(distance.nan_b)
        infinityCountA = Int(distance.infinite_a)
        infinityCountB = Int(distance.infinite_b)
    }
}

extension DType {
    fileprivate var comparisonCode: Int32 {
        switch self {
        case .float32: Int32(R1_FLOAT32)
        case .bfloat16: Int32(R1_BFLOAT16)
        case .float16: Int32(R1_FLOAT16)
        case .int32: Int32(R1_INT32)
        case .uint8: Int32(R1_UINT8)
        }
    }
}
