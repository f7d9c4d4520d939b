// The SHA-256 of files and arrays.
internal import Hashes

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
func sha256(_ bytes: UnsafeRawBufferPointer) -> String { unsafe SHA256(of: bytes).hexadecimal }

/// The SHA-256 of an array in lower-case hexadecimal.
public func sha256(_ bytes: [UInt8]) -> String { SHA256(of: bytes).hexadecimal }
