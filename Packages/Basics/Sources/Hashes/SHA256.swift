// SHA-256 of bytes, at once or incrementally, by OpenSSL's libcrypto, which HDF5 loads anyway.
internal import Basics
internal import CLibcrypto

/// An incremental SHA-256, a value: a copy goes on by itself.
public struct SHA256: Sendable {
    private var context = Context()

    /// The hash of no bytes.
    public init() {}

    /// Adds bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        if !isKnownUniquelyReferenced(&context) { context = Context(copying: context) }
        context.update(bytes)
    }

    /// The 32 bytes of the hash of everything so far.
    public var digest: [UInt8] { Context(copying: context).finish() }

    /// The hash of everything so far in lower-case hexadecimal, 64 characters.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The hash of bytes.
    public init(of bytes: UnsafeRawBufferPointer) { update(bytes) }

    /// The hash of an array.
    public init(of bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }
}

/// The state of a hash, with one owner that changes it.
///
/// `@unchecked Sendable` holds because it is only changed while it has one owner.
private final class Context: @unchecked Sendable {
    /// Looked up once: a lookup takes longer than the hash of a short text.
    private static let algorithm = Algorithm()
    private let state: OpaquePointer

    init() {
        state = Self.made()
        check(EVP_DigestInit_ex(state, Self.algorithm.pointer, nil))
    }

    init(copying other: Context) {
        state = Self.made()
        check(EVP_MD_CTX_copy_ex(state, other.state))
    }

    deinit { EVP_MD_CTX_free(state) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        check(EVP_DigestUpdate(state, bytes.baseAddress, bytes.count))
    }

    func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { bytes, count in
            check(EVP_DigestFinal_ex(state, bytes.baseAddress, nil))
            count = 32
        }
    }

    private static func made() -> OpaquePointer {
        guard let state = EVP_MD_CTX_new() else { fatalError("libcrypto has no memory for a hash") }
        return state
    }
}

/// SHA-256 as libcrypto knows it; it lives as long as the program.
private struct Algorithm: @unchecked Sendable {
    let pointer: OpaquePointer

    init() {
        guard let found = EVP_MD_fetch(nil, "SHA256", nil) else {
            fatalError("this system's libcrypto has no SHA-256")
        }
        pointer = found
    }
}

/// These calls fail only when a caller breaks their contract.
private func check(_ code: Int32) { require(code == 1, "libcrypto refused to continue a hash") }
