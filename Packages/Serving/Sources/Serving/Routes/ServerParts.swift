// What the routes share.
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import StrictJSON

/// The parts of a running server.
struct ServerParts: Sendable {
    let options: ServerOptions
    let engine: EngineThread
    let admission: Admission
    let metrics: ServerMetrics
    let log: Logger

    /// The model; throws 503 while it is being loaded.
    func model() throws(APIError) -> ServedModel {
        switch engine.state {
        case .ready(let model): return model
        case .loading:
            throw .unavailable("the model is being loaded", code: "loading", retryAfter: 5)
        case .failed, .stopped:
            throw .unavailable("the model is not available", code: "unavailable", retryAfter: 60)
        }
    }

    /// The body of a request, within the limits of size and time.
    func body(of request: inout Request) async throws -> [UInt8] {
        let most = options.maxBodyBytes
        let tooLarge = APIError.tooLarge(nil, "the body is larger than \(most) bytes (max-body-bytes)")
        if let text = request.headers[.contentLength], let length = Int(text), length > most {
            throw tooLarge
        }
        let whole = request
        let seconds = options.readTimeout
        do {
            request = try await withThrowingTaskGroup(of: Request.self) { group in
                group.addTask {
                    var request = whole
                    _ = try await request.collectBody(upTo: most)
                    return request
                }
                group.addTask {
                    try await wait(seconds: seconds)
                    throw APIError(
                        status: 408, type: "invalid_request_error",
                        message: "the body was not complete after \(seconds) s (read-timeout)",
                        code: "read_timeout")
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
        return Array(buffer: try await request.body.collect(upTo: most))
    }
}

extension Response {
    /// A reply of JSON.
    static func json(_ value: OrderedJSON, status: Int = 200, headers: HTTPFields = [:]) -> Response {
        .bytes(value.compact.utf8, "application/json", status: status, headers: headers)
    }

    static func bytes(
        _ bytes: some Sequence<UInt8>, _ type: String, status: Int = 200, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.xContentTypeOptions] = "nosniff"
        return Response(
            status: .init(code: status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An error.
    static func error(_ error: APIError) -> Response {
        var headers: HTTPFields = [:]
        if let seconds = error.retryAfter { headers[.retryAfter] = "\(seconds)" }
        return .json(error.json, status: error.status, headers: headers)
    }
}
