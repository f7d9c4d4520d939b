// The API key, and files that options name.
internal import Basics
internal import Foundation

/// The key of a server.
struct ServerKey: Sendable {
    private let bytes: [UInt8]

    /// The key of the options; nil without one.
    ///
    /// Throws ``ServerOptionsError`` for an unreadable or empty key, and for an address that others reach without one.
    init?(_ options: ServerOptions) throws {
        guard options.apiKey.isEmpty || options.apiKeyFile.isEmpty else {
            throw ServerOptionsError(description: "give either api-key or api-key-file, not both")
        }
        var key = options.apiKey
        if !options.apiKeyFile.isEmpty {
            let content: [UInt8]
            do { content = try readRegularFile(options.apiKeyFile, atMost: 1 << 16) } catch {
                throw ServerOptionsError(description: "api-key-file: \(error)")
            }
            let line = content.prefix { $0 != 0x0A && $0 != 0x0D }
            key = String(decoding: line, as: UTF8.self).split(separator: " ").joined()
            guard !key.isEmpty else {
                throw ServerOptionsError(
                    description: "api-key-file: the first line of \(options.apiKeyFile) is empty")
            }
        }
        guard !key.isEmpty else {
            guard options.isLocal else {
                throw ServerOptionsError(
                    description: "host \(options.host) can be reached from other machines: set a key with "
                        + "--api-key-file, or listen on 127.0.0.1")
            }
            return nil
        }
        bytes = Array(key.utf8)
    }

    /// Whether a header `Authorization` carries the key, as a bearer token or as the password of a browser.
    ///
    /// The time does not depend on where a wrong key differs.
    func isIn(_ header: String?) -> Bool {
        guard let header else { return false }
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { return false }
        switch words[0].lowercased() {
        case "bearer": return equals(Array(words[1].utf8))
        case "basic":
            guard let pair = Data(base64Encoded: String(words[1])).map({ [UInt8]($0) }),
                let colon = pair.firstIndex(of: UInt8(ascii: ":"))
            else {
                return false
            }
            return equals(Array(pair[(colon + 1)...]))
        default: return false
        }
    }

    private func equals(_ other: [UInt8]) -> Bool {
        var difference = UInt(bitPattern: bytes.count ^ other.count)
        for (index, byte) in other.enumerated() { difference |= UInt(byte ^ bytes[index % bytes.count]) }
        return difference == 0
    }
}
