// The address of a server that answers, and which addresses are allowed.
internal import BenchmarkRuns
internal import Foundation

/// The base address of a server with OpenAI's protocol, such as `http://127.0.0.1:8080/v1`.
public struct ServerAddress: Sendable, Equatable {
    /// The text without a slash at the end.
    public let text: String
    /// The host's name or number.
    let host: String

    /// Hosts of this machine, which need no permission.
    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1", "[::1]"]

    /// An address.
    ///
    /// - Parameters:
    ///   - text: A URL with `http` or `https`.
    ///   - allowedHosts: Hosts other than this machine that questions and pictures may be sent to.
    /// - Throws: `BenchmarkRunError.badServer` for another kind of URL or a host that is not allowed.
    public init(_ text: String, allowedHosts: [String] = []) throws {
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
            url.scheme == "http" || url.scheme == "https", url.query == nil, url.fragment == nil,
            url.user == nil
        else {
            throw BenchmarkRunError.badServer(
                text, "expected the base URL of a server, such as http://127.0.0.1:8080/v1")
        }
        guard Self.loopback.contains(host) || allowedHosts.contains(host) else {
            throw BenchmarkRunError.badServer(
                text,
                "questions and pictures are sent to this machine only; --allow-host \(host) allows this host")
        }
        self.host = host
        self.text = text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
