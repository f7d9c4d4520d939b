// SHA-256 of stored bytes, and the manifest whose hash is a model's identity.
internal import Crypto
import Dispatch
internal import Synchronization
internal import TensorMath

/// Stored bytes under a name: what a manifest lists and `verify` recomputes.
struct ManifestEntry: Sendable {
    let section: HDF5.Section
    let info: TensorInfo
    let sha256: String

    init(section: HDF5.Section, info: TensorInfo, sha256: String) {
        (self.section, self.info, self.sha256) = (section, info, sha256)
    }

    /// A side file.
    init(file name: String, _ bytes: [UInt8]) {
        self.init(
            section: .files, info: TensorInfo(name: name, dtype: .uint8, shape: [bytes.count]),
            sha256: Checkpoint.sha256(bytes))
    }

    /// Throws unless a source that records a hash for this item records this one.
    func expectHash(of source: any CheckpointReader) throws {
        let recorded =
            switch source {
            case let source as HDF5Checkpoint: source.recordedHash(section, info.name)
            case let source as DeltaCheckpoint: source.recordedHash(section, info.name)
            default: section == .tensors ? source.recordedHash(of: info.name) : nil
            }
        guard let recorded, recorded != sha256 else { return }
        throw CheckpointError.damaged(
            file: source.location,
            problem: "\(section.rawValue): \(info.name) does not have its recorded SHA-256")
    }

    /// The manifest as text: a first line, then one line per tensor and side file, sorted by their bytes.
    ///
    /// Training state is left out: a model is the same with and without its optimiser moments.
    static func manifest(_ entries: [ManifestEntry]) -> [UInt8] {
        let lines = entries.filter { $0.section == .tensors || $0.section == .files }.map { entry in
            let shape = entry.info.shape.map(String.init).joined(separator: ",")
            return "\(entry.section.rawValue)\t\(entry.info.name)\t\(entry.info.dtype.rawValue)\t[\(shape)]"
                + "\t\(entry.sha256)\n"
        }
        return Array(("r1-manifest 1\n").utf8)
            + lines.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }.joined()
    }
}

/// A SHA-256 of bytes that come piece by piece.
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

/// Calls `body` for the numbers from 0 on all cores and returns the results in order; throws the first error.
func parallelMap<R: Sendable>(_ count: Int, _ body: @Sendable (Int) throws -> R) throws -> [R] {
    let results = Mutex<[Int: Result<R, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: count) { number in
        let result = Result { try body(number) }
        results.withLock { $0[number] = result }
    }
    let all = results.withLock { $0 }
    return try (0..<count).compactMap { try all[$0]?.get() }
}
