// The loops over two tensors' elements. Weights of two training steps are mostly equal, so runs of equal bytes are
// skipped at the speed of memcmp and only the others are widened.
import Foundation
internal import TensorMath

/// What a run of elements adds to the distance of two tensors.
struct ElementTally: Sendable, Equatable {
    var changedCount = 0
    var maximum = 0.0
    var sum = 0.0
    var nanCountA = 0
    var nanCountB = 0

    mutating func merge(_ other: ElementTally) {
        changedCount += other.changedCount
        maximum = max(maximum, other.maximum)
        sum += other.sum
        nanCountA += other.nanCountA
        nanCountB += other.nanCountB
    }
}

/// Compares the elements `range` of two tensors of one shape.
func compareElements(
    _ a: UnsafeRawBufferPointer, _ dtypeA: DType, _ b: UnsafeRawBufferPointer, _ dtypeB: DType,
    in range: Range<Int>, _ tolerances: Tolerances
) -> ElementTally {
    let (sizeA, sizeB) = (dtypeA.byteCount, dtypeB.byteCount)
    require(
        range.upperBound * sizeA <= a.count && range.upperBound * sizeB <= b.count,
        "compareElements: \(range) lies outside tensors of \(a.count) and \(b.count) bytes")
    guard let baseA = a.baseAddress, let baseB = b.baseAddress else { return ElementTally() }
    let runLength = 1024
    var tally = ElementTally()
    var valuesA = [Double](repeating: 0, count: runLength)
    var valuesB = valuesA
    for start in stride(from: range.lowerBound, to: range.upperBound, by: runLength) {
        let count = min(runLength, range.upperBound - start)
        let (runA, runB) = unsafe (baseA + start * sizeA, baseB + start * sizeB)
        unsafe widen(runA, dtypeA, count, into: &valuesA)
        if unsafe dtypeA == dtypeB && memcmp(runA, runB, count * sizeA) == 0 {
            let nanCount = countNaN(valuesA, count)
            tally.nanCountA += nanCount
            tally.nanCountB += nanCount
        } else {
            unsafe widen(runB, dtypeB, count, into: &valuesB)
            tally.add(valuesA, valuesB, count, tolerances)
            if tolerances.isExact {
                tally.changedCount +=
                    unsafe dtypeA == dtypeB
                    ? countDifferentBits(runA, runB, count, size: sizeA)
                    : zip(valuesA, valuesB).prefix(count).count { $0.bitPattern != $1.bitPattern }
            }
        }
    }
    return tally
}

extension ElementTally {
    /// Adds the distances of two runs, and the elements outside the tolerance when there is one.
    ///
    /// Widening to Double is exact for every number of every element type.
    mutating func add(_ a: [Double], _ b: [Double], _ count: Int, _ tolerances: Tolerances) {
        let isExact = tolerances.isExact
        nanCountA += countNaN(a, count)
        nanCountB += countNaN(b, count)
        for index in 0..<count where a[index].bitPattern != b[index].bitPattern {
            let distance = a[index] == b[index] ? 0 : abs(a[index] - b[index])
            if distance.isNaN {
                changedCount += isExact || a[index].isNaN && b[index].isNaN ? 0 : 1
            } else {
                maximum = max(maximum, distance)
                sum += distance
                let allowed = tolerances.absolute + tolerances.relative * abs(b[index])
                changedCount += !isExact && distance > allowed ? 1 : 0
            }
        }
    }
}

/// The number of elements whose bytes differ; a signalling NaN would lose its mark on the way through Double.
private func countDifferentBits(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int, size: Int
) -> Int {
    (0..<count).count { unsafe memcmp(a + $0 * size, b + $0 * size, size) != 0 }
}

private func countNaN(_ values: [Double], _ count: Int) -> Int {
    values[..<count].reduce(0) { $0 + ($1.isNaN ? 1 : 0) }
}

/// Widens `count` stored elements; the caller has checked that they are there.
private func widen(_ bytes: UnsafeRawPointer, _ dtype: DType, _ count: Int, into values: inout [Double]) {
    switch dtype {
    case .float32:
        for index in 0..<count {
            values[index] = unsafe Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
        }
    case .bfloat16:
        for index in 0..<count {
            let bits = unsafe bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
            values[index] = Double(Float(bitPattern: UInt32(bits) << 16))
        }
    case .float16:
        for index in 0..<count {
            values[index] = unsafe Double(bytes.loadUnaligned(fromByteOffset: index * 2, as: Float16.self))
        }
    case .int32:
        for index in 0..<count {
            values[index] = unsafe Double(bytes.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
        }
    case .uint8:
        for index in 0..<count {
            values[index] = unsafe Double(bytes.load(fromByteOffset: index, as: UInt8.self))
        }
    }
}
