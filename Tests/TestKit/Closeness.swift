// Compares numbers with reference values, with one rule for all tests and messages that name the largest
// difference.
public import Testing

/// Records a failure unless every found number is within `absolute` of its expected one.
///
/// - Parameters:
///   - found: Our values, row-major.
///   - expected: The reference values, in the same order.
///   - absolute: The largest difference allowed.
///   - what: Names the array in the message.
///   - rowLength: Numbers in a row, so that the message can give row and column; 0 for a flat array.
///   - sourceLocation: Where the failure is reported.
public func expectClose(
    _ found: [Float], _ expected: [Float], absolute: Double, _ what: String, rowLength: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let difference = Difference(found, expected, what, sourceLocation) else { return }
    if difference.largest <= absolute { return }
    let at = difference.worst
    let place = rowLength > 0 ? "[\(at / rowLength), \(at % rowLength)]" : "[\(at)]"
    let message =
        "\(what)\(place): found \(found[at]), expected \(expected[at]): "
        + "apart by \(difference.largest), allowed \(absolute)"
    Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
}

/// Records a failure unless each number is within `absolute`, or within `relative` of the expected one.
public func expectClose(
    _ found: [Float], _ expected: [Float], absolute: Double, relative: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard Difference(found, expected, what, sourceLocation) != nil else { return }
    for (index, pair) in zip(found, expected).enumerated() {
        expectClose(
            Double(pair.0), Double(pair.1), absolute: absolute, relative: relative, "\(what)[\(index)]",
            sourceLocation: sourceLocation)
    }
}

/// Records a failure unless the L2 norm of the differences is at most `relativeL2` of the expected norm.
///
/// - Parameters:
///   - found: Our values, row-major.
///   - expected: The reference values, in the same order.
///   - relativeL2: The largest ratio allowed.
///   - floor: The smallest norm to divide by, for gradients that are zero up to rounding.
///   - what: Names the array in the message.
///   - sourceLocation: Where the failure is reported.
public func expectClose(
    _ found: [Float], _ expected: [Float], relativeL2: Double, floor: Double = 0, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let difference = Difference(found, expected, what, sourceLocation) else { return }
    let ratio = difference.norm / max(difference.expectedNorm, floor, .leastNormalMagnitude)
    if ratio <= relativeL2 { return }
    let at = difference.worst
    let message =
        "\(what): relative L2 \(ratio), allowed \(relativeL2); "
        + "worst at [\(at)]: found \(found[at]), expected \(expected[at])"
    Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
}

/// Records a failure unless two numbers are within `absolute` or within `relative` of the expected one.
public func expectClose(
    _ found: Double, _ expected: Double, absolute: Double = 0, relative: Double = 0, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let allowed = max(absolute, relative * abs(expected))
    if abs(found - expected) <= allowed { return }
    let message =
        "\(what): found \(found), expected \(expected): "
        + "apart by \(abs(found - expected)), allowed \(allowed)"
    Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
}

/// The difference of two arrays; a NaN difference counts as infinite.
private struct Difference {
    var largest = 0.0
    var worst = 0
    var norm = 0.0
    var expectedNorm = 0.0

    init?(_ found: [Float], _ expected: [Float], _ what: String, _ sourceLocation: SourceLocation) {
        guard found.count == expected.count else {
            Issue.record(
                "\(what): \(found.count) numbers, expected \(expected.count)", sourceLocation: sourceLocation)
            return nil
        }
        found.withUnsafeBufferPointer { found in
            expected.withUnsafeBufferPointer { expected in
                for index in 0..<found.count {
                    let target = Double(expected[index])
                    var apart = abs(Double(found[index]) - target)
                    if apart.isNaN {
                        apart = found[index].bitPattern == expected[index].bitPattern ? 0 : .infinity
                    }
                    norm += apart * apart
                    expectedNorm += target * target
                    if apart > largest { (largest, worst) = (apart, index) }
                }
            }
        }
        (norm, expectedNorm) = (norm.squareRoot(), expectedNorm.squareRoot())
    }
}
