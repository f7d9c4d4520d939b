// Errors as OpenAI's API reports them.
internal import StrictJSON

/// An error of a request: a status, and what the client is told.
struct APIError: Error, Equatable, CustomStringConvertible {
    /// The HTTP status.
    let status: Int
    /// `invalid_request_error`, `authentication_error`, `rate_limit_error`, `server_error`.
    let type: String
    /// One sentence: what was expected, found, and what to do.
    let message: String
    /// The field of the request.
    var param: String?
    /// A word for programs.
    var code: String?
    /// Seconds after which the request may succeed.
    var retryAfter: Int?

    var description: String { "\(status) \(param.map { "\($0): " } ?? "")\(message)" }

    /// A field that is wrong.
    static func bad(_ param: String?, _ message: String, code: String? = nil) -> APIError {
        APIError(status: 400, type: "invalid_request_error", message: message, param: param, code: code)
    }

    /// Something above a limit.
    static func tooLarge(_ param: String?, _ message: String) -> APIError {
        APIError(
            status: 413, type: "invalid_request_error", message: message, param: param, code: "too_large")
    }

    static let missingKey = APIError(
        status: 401, type: "authentication_error",
        message: "this server needs an API key: send the header Authorization: Bearer KEY",
        code: "invalid_api_key")

    static func notFound(_ message: String, code: String? = nil, param: String? = nil) -> APIError {
        APIError(status: 404, type: "invalid_request_error", message: message, param: param, code: code)
    }

    static func busy(retryAfter: Int) -> APIError {
        APIError(
            status: 429, type: "rate_limit_error", message: "the queue is full; try again in \(retryAfter) s",
            code: "queue_full", retryAfter: retryAfter)
    }

    static func unavailable(_ message: String, code: String, retryAfter: Int) -> APIError {
        APIError(
            status: 503, type: "server_error", message: message, code: code, retryAfter: retryAfter)
    }

    /// Something failed inside; the client learns nothing else.
    static let inside = APIError(
        status: 500, type: "server_error", message: "the server failed; its log says why",
        code: "internal_error")

    /// The error as OpenAI writes it: `{"error": {"message", "type", "param", "code"}}`.
    var json: OrderedJSON {
        .fields([
            "error": .fields([
                "message": .string(message), "type": .string(type), "param": .text(param),
                "code": .text(code),
            ])
        ])
    }
}

extension OrderedJSON {
    /// An object from a literal, in its order.
    static func fields(_ members: KeyValuePairs<String, OrderedJSON>) -> OrderedJSON {
        .object(members.map { Member(key: $0.key, value: $0.value) })
    }

    /// A text, or null.
    static func text(_ value: String?) -> OrderedJSON { value.map { .string($0) } ?? .null }

    /// A whole number.
    static func int(_ value: Int) -> OrderedJSON { .number("\(value)") }

    /// A number; JSON has no infinite ones, which become null.
    static func decimal(_ value: Double) -> OrderedJSON { value.isFinite ? .number("\(value)") : .null }
}
