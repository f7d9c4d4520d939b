// The table of kernels in use, chosen once by what the CPU can run.
internal import CKernels

/// The instruction-set level whose kernels run.
public enum KernelLevel: Int32, Sendable, CaseIterable {
    case portable = 0, avx2 = 1, avx512 = 2

    /// The best level this CPU can run.
    public static var best: KernelLevel { KernelLevel(rawValue: r1_best_level()) ?? .portable }

    /// Whether this CPU can run the level.
    public var isAvailable: Bool { r1_kernels_at(rawValue) != nil }

    /// The table of this level; stops when the CPU cannot run it.
    var table: r1_kernel_table {
        guard let table = r1_kernels_at(rawValue) else { fatalError("this CPU has no \(self) kernels") }
        return table.pointee
    }
}

/// The kernels of the best level.
let kernels = KernelLevel.best.table
