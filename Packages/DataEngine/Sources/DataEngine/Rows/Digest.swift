// SHA-256 of texts, rows and files. Tables keep the first half: 128 bits never collide by chance.
internal import Basics
internal import Foundation
internal import Hashes
internal import StrictJSON

/// The first 128 bits of a SHA-256.
struct Digest: Hashable, Sendable {
    private let high, low: UInt64

    /// The digest of bytes.
    init(_ bytes: [UInt8]) {
        let hash = SHA256(of: bytes).digest
        func word(_ start: Int) -> UInt64 { hash[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        (high, low) = (word(0), word(8))
    }

    /// 32 hexadecimal digits.
    var text: String {
        [high, low].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The first 64 bits.
    var word: UInt64 { high }

    /// The digest of a text.
    init(_ text: String) { self.init(Array(text.utf8)) }

    /// The digest of digests in order.
    init(of parts: [Digest]) {
        self.init(
            parts.flatMap { part in
                [part.high, part.low].flatMap { word in withUnsafeBytes(of: word.bigEndian) { Array($0) } }
            })
    }
}

/// The SHA-256 of a text in lower-case hexadecimal.
func sha256(_ text: String) -> String { SHA256(of: Array(text.utf8)).hexadecimal }

/// The SHA-256 of a file in lower-case hexadecimal.
///
/// - Throws: ``DataEngineError/badFile(file:problem:)``.
public func fileHash(_ path: String) throws -> String {
    func failed(_ reason: String) -> DataEngineError {
        .badFile(file: path, problem: "cannot be read: \(reason)")
    }
    do {
        let (descriptor, _) = try openRegularFile(path)
        defer { close(descriptor) }
        var (hash, buffer) = (SHA256(), [UInt8](repeating: 0, count: 1 << 20))
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failed(systemText(errno)) }
            if count == 0 { return hash.hexadecimal }
            buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    } catch let error as FileError { throw failed(error.reason) }
}

/// The hash of a row's content, which ties a rating to its row: SHA-256 of the row as compact JSON.
///
/// Of the paths of images and videos only the last part counts, so that rows may move to another folder.
///
/// - Parameter bytes: The row's line.
/// - Returns: 64 hexadecimal digits.
/// - Throws: `JSONSyntaxError`.
public func rowHash(_ bytes: [UInt8]) throws -> String {
    let json = try OrderedJSON(parsing: bytes)
    return sha256(json.mappingPaths { $0.split(separator: "/").last.map(String.init) ?? $0 }.compact)
}
