// POST /v1/chat/completions.
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import StrictJSON
internal import Synchronization
internal import VisionLanguageModel

/// Answers chat completion requests.
struct ChatRoute: Sendable {
    let parts: ServerParts

    /// Answers a request; throws ``APIError`` before the reply begins.
    func respond(_ request: Request) async throws -> Response {
        // Before the body is read, so that a server without a model refuses at once.
        _ = try parts.model()
        let place = try parts.admission.enter()
        var request = request
        let body = try await parts.body(of: &request)
        let (chat, model, prepared, stream) = try await submit(body)
        let running = RunningReply(parts.engine, stream, place)
        running.start(deadline: parts.options.deadline, keepAlive: parts.options.keepAlive)
        let head = ReplyHead(
            id: "chatcmpl-" + UUID().uuidString.lowercased(), created: Int(Date().timeIntervalSince1970),
            model: model.id, fingerprint: model.fingerprint)
        let collected = Collected(chat, model, prepared.pictures, parts.metrics)
        var response =
            chat.isStreamed
            ? streamed(request, running, head, collected, includesUsage: chat.includesUsage)
            : try await whole(request, running, head, collected)
        if let name = HTTPField.Name("R1-Model-Version") { response.headers[name] = model.version }
        return response
    }

    /// Prepares a request and passes it to the engine; again, for the new model, if the model is replaced in between.
    private func submit(
        _ body: [UInt8]
    ) async throws -> (chat: ChatRequest, model: ServedModel, prepared: Prepared, stream: RequestStream) {
        while true {
            let model = try parts.model()
            let chat = try ChatRequest(
                body, pictures: parts.options.pictures, vocabularySize: model.vocabularySize)
            guard chat.model == model.id else {
                throw APIError.notFound(
                    "the model \(OrderedJSON.quoted(String(chat.model.prefix(80)))) is not served here; this server "
                        + "has \(OrderedJSON.quoted(model.id))", code: "model_not_found", param: "model")
            }
            let prepared = try await Prepared.make(
                chat, model, defaultMaxTokens: parts.options.defaultMaxTokens, metrics: parts.metrics)
            do {
                return (chat, model, prepared, try await parts.engine.submit(prepared.request, for: model))
            } catch is ModelReplaced {
                continue
            } catch let error as ModelError {
                throw RunningReply.failure(error)
            }
        }
    }

    // MARK: - Whole replies

    private func whole(
        _ request: Request, _ running: RunningReply, _ head: ReplyHead, _ collected: Collected
    ) async throws -> Response {
        let began = ContinuousClock.now
        let reply = try await request.body.consumeWithCancellationOnInboundClose { _ in
            var collected = collected
            try await running.forEach { item in
                if case .event(let event) = item { _ = collected.add(event) }
            }
            return head.reply(collected.choices, collected.usage, r1: collected.r1)
        }
        parts.metrics.add(.request, .now - began)
        // The connection was watched for its end, and cannot be used for another request.
        return .json(reply, headers: [.connection: "close"])
    }

    // MARK: - Streams

    private func streamed(
        _ request: Request, _ running: RunningReply, _ head: ReplyHead, _ collected: Collected,
        includesUsage: Bool
    ) -> Response {
        let (metrics, log) = (parts.metrics, parts.log)
        // Beyond its deadline a reply has only what is written already; a client that does not read it is cut off.
        let limit = parts.options.deadline + parts.options.readTimeout
        let body = ResponseBody { writer in
            let began = ContinuousClock.now
            let output = EventWriter(writer)
            try await Self.within(seconds: limit) {
                do {
                    try await request.body.consumeWithCancellationOnInboundClose { _ in
                        try await Self.write(running, head, collected, includesUsage, output)
                    }
                    metrics.add(.request, .now - began)
                } catch let error as APIError {
                    try await output.send(error.json)
                } catch is CancellationError {
                    // The client has closed the connection, or the server shuts down, so no reply is sent.
                } catch let error where error is EngineFailure || error is ModelError {
                    log.error("a reply failed", metadata: ["error": "\(error)"])
                    try await output.send(APIError.inside.json)
                }
                try await output.finish()
            }
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-cache", .connection: "close",
                .xContentTypeOptions: "nosniff",
            ], body: body)
    }

    /// Runs `body`, for so many seconds; throws `Stalled` after them, or what it throws.
    private static func within(
        seconds: Double, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await wait(seconds: seconds)
                throw Stalled()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private static func write(
        _ running: RunningReply, _ head: ReplyHead, _ start: Collected, _ includesUsage: Bool,
        _ output: EventWriter
    ) async throws {
        var collected = start
        let noUsage: OrderedJSON? = includesUsage ? .null : nil
        for index in collected.choices.indices {
            try await output.send(head.chunk([Choice.part(index, role: true, text: "")], usage: noUsage))
        }
        try await running.forEach { item in
            switch item {
            case .pause: try await output.comment("still working")
            case .event(let event):
                guard let (choice, boxes) = collected.add(event) else { return }
                let r1: OrderedJSON? = boxes.isEmpty ? nil : .fields(["boxes": .array(boxes)])
                try await output.send(head.chunk([choice], usage: noUsage, r1: r1))
            }
        }
        if includesUsage { try await output.send(head.chunk([], usage: collected.usage.json)) }
        try await output.send(text: "[DONE]")
    }
}

/// A client does not read its reply; closes the connection.
private struct Stalled: Error {}

/// Writes server-sent events.
///
/// A class, because closures that run one after another share the writer; `@unchecked Sendable` holds because only the
/// task of the response uses it.
private final class EventWriter: @unchecked Sendable {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func send(_ value: OrderedJSON) async throws { try await send(text: value.compact) }

    func send(text: String) async throws { try await writer.write(ByteBuffer(string: "data: \(text)\n\n")) }

    func comment(_ text: String) async throws { try await writer.write(ByteBuffer(string: ": \(text)\n\n")) }

    func finish() async throws { try await writer.finish(nil) }
}
