// A client over a plain socket: it sends exactly the bytes that a test wants.
import Foundation
import StrictJSON

/// A response.
struct Reply {
    let status: Int
    let headers: [String: String]
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> OrderedJSON { try OrderedJSON(parsing: body) }

    /// The `data:` lines of a stream.
    var events: [String] {
        text.components(separatedBy: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    }
}

/// A connection to a port of this machine, with a time limit of 20 seconds on every read.
final class Connection {
    struct Failed: Error { let what: String }

    private let descriptor: Int32

    /// Connects; with a `receiveBuffer`, this machine keeps about so many bytes that nobody has read.
    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed(what: "connect: \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failed(what: "send: \(errno)") }
            sent += count
        }
    }

    /// What arrives next; empty at the end.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw Failed(what: "receive: \(errno)") }
        return Array(buffer.prefix(count))
    }

    /// Everything until the server closes the connection.
    func response() throws -> Reply {
        var all: [UInt8] = []
        while true {
            let more = try receive()
            if more.isEmpty { break }
            all += more
        }
        guard let reply = Self.parse(all) else { throw Failed(what: "no response: \(all.count) bytes") }
        return reply
    }

    static func parse(_ bytes: [UInt8]) -> Reply? {
        guard let split = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<split.lowerBound], as: UTF8.self).components(
            separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, let status = Int(words[1]) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let body = Array(bytes[split.upperBound...])
        let isChunked = headers["transfer-encoding"] == "chunked"
        return Reply(status: status, headers: headers, body: isChunked ? unchunked(body) : body)
    }

    private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
        var (result, rest): ([UInt8], ArraySlice<UInt8>) = ([], bytes[...])
        while let end = rest.firstRange(of: Array("\r\n".utf8)) {
            let digits = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
            guard let count = Int(digits, radix: 16), count > 0 else { break }
            result += rest[end.upperBound...].prefix(count)
            rest = rest[end.upperBound...].dropFirst(count + 2)
        }
        return result
    }
}

extension TestServer {
    /// A request with exactly these headers and bytes; the connection is closed after it.
    func send(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [String: String] = [:]
    ) async throws -> Reply {
        let (port, bytes) = (port, Self.request(method, path, body: body, headers: headers))
        return try await onThread {
            let connection = try Connection(port: port)
            try connection.send(bytes)
            return try connection.response()
        }
    }

    static func request(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [String: String] = [:]
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if method == "POST" { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    /// A chat completion; `more` are further members of the request.
    func chat(_ more: String = "", content: String = "\"Hi\"", headers: [String: String] = [:]) async throws
        -> Reply
    {
        try await send("POST", "/v1/chat/completions", body: Self.chatBody(more, content), headers: headers)
    }

    static func chatBody(_ more: String = "", _ content: String = "\"Hi\"") -> [UInt8] {
        Array(
            "{\"model\":\"small\",\"messages\":[{\"role\":\"user\",\"content\":\(content)}]\(more.isEmpty ? "" : ",\(more)")}"
                .utf8)
    }
}

/// Runs blocking work on a thread of its own.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

extension Reply: Sendable {}
