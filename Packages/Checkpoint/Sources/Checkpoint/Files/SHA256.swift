// SHA-256 of bytes, at once or incrementally.
internal import Crypto

/// An incremental SHA-256.
struct RunningHash: Sendable {
    private var hash = SHA256()

    mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hash.update(bufferPointer: bytes) }

    /// The hash of everything so far in lower-case hexadecimal.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        let text = hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The SHA-256 of a file in lower-case hexadecimal, read piece by piece.
///
/// - Parameter path: The file.
/// - Returns: 64 characters.
/// - Throws: `CheckpointError` when it cannot be read.
public func sha256(ofFile path: String) throws -> String {
    let file = try MappedFile(path)
    return try file.sha256(of: 0..<file.byteCount)
}

/// The SHA-256 in lower-case hexadecimal.
func sha256(_ bytes: UnsafeRawBufferPointer) -> String {
    var hash = RunningHash()
    unsafe hash.update(bytes)
    return hash.hexadecimal
}

/// The SHA-256 of an array in lower-case hexadecimal.
public func sha256(_ bytes: [UInt8]) -> String {
    unsafe bytes.withUnsafeBytes { unsafe sha256($0) }
}
