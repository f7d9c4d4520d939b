// Every request: the key first, then the route; errors become JSON, and each request one line in the log.
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOHTTP1
internal import StrictJSON

/// Answers every request of a server.
struct ServerResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let parts: ServerParts
    let key: ServerKey?
    let created: Int

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let start = ContinuousClock.now
        var response = try await answer(request)
        if response.status.code == 401 {
            // A browser asks for the key as a password, and sends it with the page's own requests.
            response.headers[.wwwAuthenticate] = "Basic realm=\"r1-infer\", charset=\"UTF-8\""
        }
        let milliseconds = Int((ContinuousClock.now - start) / .milliseconds(1))
        parts.metrics.countResponse(response.status.code)
        parts.log.info(
            "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path.prefix(100))",
                "status": "\(response.status.code)", "milliseconds": "\(milliseconds)",
            ])
        return response
    }

    private func answer(_ request: Request) async throws -> Response {
        do {
            return try await route(request)
        } catch let error as APIError {
            if error.status >= 500 { parts.log.error("\(error)") }
            var response = Response.error(error)
            // Whatever is left of a body that was not read does not become the next request.
            if request.method == .post { response.headers[.connection] = "close" }
            return response
        } catch is CancellationError {
            // The client is gone, or the server stopped under a request.
            return .error(.unavailable("the request was cancelled", code: "cancelled", retryAfter: 1))
        } catch let error as HTTPParserError {
            throw error
        } catch {
            parts.log.error("a request failed", metadata: ["error": "\(error)"])
            var response = Response.error(.inside)
            response.headers[.connection] = "close"
            return response
        }
    }

    private func route(_ request: Request) async throws -> Response {
        let path = request.uri.path
        if path == "/health" {
            try require(request, .get)
            return health()
        }
        if let key, !key.isIn(request.headers[.authorization]) { throw APIError.missingKey }
        try refuseForeign(request)
        switch path {
        case "/v1/chat/completions":
            try require(request, .post)
            return try await ChatRoute(parts: parts).respond(request)
        case "/v1/vision/plan":
            try require(request, .post)
            return try await PlanRoute(parts: parts).respond(request)
        case "/v1/models":
            try require(request, .get)
            return .json(
                .fields(["object": .string("list"), "data": .array([modelEntry(try parts.model())])]))
        case "/metrics":
            try require(request, .get)
            let text = parts.metrics.text(parts.engine.statistics, model: parts.engine.state.model)
            return .bytes(text.utf8, "text/plain; version=0.0.4; charset=utf-8")
        default: return try other(request, path)
        }
    }

    private func other(_ request: Request, _ path: String) throws -> Response {
        if path.hasPrefix("/v1/models/") {
            try require(request, .get)
            let model = try parts.model()
            guard path.dropFirst("/v1/models/".count) == model.id else {
                throw APIError.notFound(
                    "no such model; this server has \(OrderedJSON.quoted(model.id))", code: "model_not_found")
            }
            return .json(modelEntry(model))
        }
        guard let file = PageFile.at(path) else { throw APIError.notFound("there is nothing at this path") }
        try require(request, .get)
        return .bytes(
            file.bytes, file.contentType,
            headers: [.contentSecurityPolicy: PageFile.policy, .cacheControl: "no-cache"])
    }

    private func require(_ request: Request, _ method: HTTPRequest.Method) throws(APIError) {
        guard request.method != method else { return }
        throw APIError(
            status: 405, type: "invalid_request_error", message: "this path takes \(method.rawValue) only",
            code: "method_not_allowed")
    }

    /// Refuses requests that a page of another origin makes a browser send.
    ///
    /// Such a page can also give this machine a name of its own (DNS rebinding). A server for this machine alone, without
    /// a key, therefore answers only to the machine's own names.
    private func refuseForeign(_ request: Request) throws(APIError) {
        if key == nil, let authority = request.head.authority, !Self.isLocal(authority) {
            throw APIError(
                status: 403, type: "invalid_request_error",
                message: "without a key, this server answers only to localhost, 127.0.0.1 and [::1]",
                code: "foreign_host")
        }
        guard let origin = request.headers[.origin], origin != "null" else { return }
        let host = origin.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init)
        guard host == request.head.authority else {
            throw APIError(
                status: 403, type: "invalid_request_error",
                message: "requests of pages of another origin are refused", code: "foreign_origin")
        }
    }

    /// Whether a host, with or without a port, names this machine.
    private static func isLocal(_ authority: String) -> Bool {
        var name = authority[...]
        if let colon = name.lastIndex(of: ":"), name[name.index(after: colon)...].allSatisfy(\.isNumber) {
            name = name[..<colon]
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return isAddress || name.lowercased() == "localhost" || name == "[::1]"
    }

    private func modelEntry(_ model: ServedModel) -> OrderedJSON {
        .fields([
            "id": .string(model.id), "object": .string("model"), "created": .int(created),
            "owned_by": .string("r1"), "version": .string(model.version),
            "max_model_len": model.maxPositions.map { .int($0) } ?? .null,
        ])
    }

    private func health() -> Response {
        if parts.admission.isDraining { return .json(.fields(["status": .string("draining")]), status: 503) }
        switch parts.engine.state {
        case .ready(let model):
            return .json(
                .fields([
                    "status": .string("ready"), "model": .string(model.id),
                    "fingerprint": .string(model.fingerprint), "version": .string(model.version),
                ]))
        case .loading: return .json(.fields(["status": .string("loading")]), status: 503)
        case .failed, .stopped: return .json(.fields(["status": .string("failed")]), status: 503)
        }
    }
}
