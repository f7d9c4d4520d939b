// The version of OpenBLAS, the kernels that it chose, and a warning about slow ones.
internal import COpenBLAS
internal import Foundation

/// The library and the core whose kernels it chose, such as `OpenBLAS 0.3.21 ... SkylakeX`.
public func blasDescription() -> String {
    let version = openblas_get_config().map { String(cString: $0) } ?? "OpenBLAS"
    let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown core"
    return "\(version) core \(core)"
}

/// A warning for the user when the environment forces OpenBLAS to use slower kernels than it would choose;
/// else nil.
public func blasWarning() -> String? {
    guard let forced = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"], !forced.isEmpty,
        KernelLevel.best.rawValue >= KernelLevel.avx512.rawValue,
        !["SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS", "ZEN"].contains(forced.uppercased())
    else { return nil }
    return "OPENBLAS_CORETYPE=\(forced) forces kernels without AVX-512, about half the speed; unset it"
}
