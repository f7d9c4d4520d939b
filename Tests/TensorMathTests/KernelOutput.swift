// Running one kernel on every level that this CPU has.
@testable import TensorMath

extension KernelLevel {
    /// The levels that this CPU can run.
    static let available = allCases.filter(\.isAvailable)
}

/// The `count` floats that a kernel writes; they start as zeros.
func kernelOutput(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    var out = [Float](repeating: 0, count: count)
    out.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { body(start) } }
    return out
}
