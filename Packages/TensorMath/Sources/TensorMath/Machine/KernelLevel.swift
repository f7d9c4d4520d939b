// Selects the table of kernels: the best level that the CPU can run, or the level in R1_CPU_LEVEL.
internal import CKernels
internal import Foundation

/// The instruction-set level whose kernels run.
public enum KernelLevel: Int32, Sendable, CaseIterable {
    /// The compiler's baseline: SSE2 on x86-64, NEON on arm64.
    case portable = 0
    /// AVX2 with FMA and F16C.
    case avx2 = 1
    /// AVX-512 (F, BW, DQ, VL).
    case avx512 = 2
    /// AVX-512 with its dot products of bfloat16 and of bytes.
    case avx512bf16 = 3
    /// AVX-512 with products of bfloat16 tiles (AMX), on Linux.
    case amx = 4

    /// The environment variable that forces a level by its name, for tests and debugging.
    static let variable = "R1_CPU_LEVEL"

    /// The best level this CPU can run.
    public static var best: KernelLevel { KernelLevel(rawValue: r1_best_level()) ?? .portable }

    /// Whether this CPU can run the level.
    var isAvailable: Bool { r1_kernels_at(rawValue) != nil }

    /// The level to use: the one in `R1_CPU_LEVEL`, else the best.
    ///
    /// - Throws: `KernelLevelError` when the name is unknown or this CPU cannot run the level.
    public static func chosen() throws -> KernelLevel {
        guard let name = getenv(variable).map({ String(cString: $0) }), !name.isEmpty else { return best }
        guard let level = allCases.first(where: { "\($0)" == name }), level.isAvailable else {
            throw KernelLevelError(name: name)
        }
        return level
    }

    /// The kernels of this level; stops the program when the CPU cannot run them.
    var table: r1_kernel_table {
        guard let table = r1_kernels_at(rawValue) else { fatalError("this CPU has no \(self) kernels") }
        return table.pointee
    }
}

/// `R1_CPU_LEVEL` names a level that cannot be used.
struct KernelLevelError: Error, CustomStringConvertible {
    /// What the variable holds.
    let name: String

    /// The variable, what was expected and what was found.
    var description: String {
        let names = KernelLevel.allCases.filter(\.isAvailable).map { "\($0)" }.joined(separator: ", ")
        return "\(KernelLevel.variable): expected one of \(names) on this CPU, found \"\(name)\""
    }
}

/// The kernels of the chosen level.
///
/// The first use selects them. That happens inside some operation, which cannot throw, so a bad level ends
/// the program here with its message.
let kernels: r1_kernel_table = {
    do {
        return try KernelLevel.chosen().table
    } catch {
        FileHandle.standardError.write(Data("error: \(error)\n".utf8))
        exit(1)
    }
}()
