// A server with OpenAI's protocol that answers, on this machine or on a host that the user named.
internal import AsyncHTTPClient
internal import Basics
public import BenchmarkRuns
internal import Benchmarks
internal import Checkpoint
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
public import Rollouts
public import StrictJSON
internal import Tokenizer

/// A server that answers.
///
/// Whether its answers depend on one another is the server's matter; `r1-infer serve` in float32 keeps them apart.
public final class ServerModel: AnsweringModel {
    private let address: ServerAddress
    private let name: String
    private let key: String?
    private let plane: BoxPlane?
    private let client: HTTPClient
    private let timeout: TimeAmount
    private let interruption: Interruption
    /// The address and the model's name.
    public let manifest: JSONObject

    /// The most bytes of a reply.
    private static let mostBytes = 64 << 20
    /// How often a request is sent again when the server is busy.
    private static let mostRetries = 8

    /// A server.
    ///
    /// - Parameters:
    ///   - address: Its base address.
    ///   - model: The model's name in requests; nil takes the only one that the server lists.
    ///   - key: The API key; nil sends none.
    ///   - plane: The plane that the model writes boxes in; nil when it is not known.
    ///   - seconds: How long one answer may take.
    ///   - interruption: Stops the answers.
    /// - Throws: `BenchmarkRunError.badServer` when the server cannot be reached or its models cannot be read.
    public init(
        _ address: ServerAddress, model: String?, key: String?, plane: BoxPlane?, seconds: Int,
        interruption: Interruption
    ) throws {
        var configuration = HTTPClient.Configuration()
        // Pictures go only where the user said.
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(Int64(seconds)))
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        (self.address, self.key, self.plane) = (address, key, plane)
        timeout = .seconds(Int64(seconds))
        self.interruption = interruption
        do {
            name = try model ?? Self.onlyModel(of: address, key, client)
        } catch {
            try? client.syncShutdown()  // The first error says more.
            throw error
        }
        manifest = [
            "kind": .string("server"), "url": .string(address.text), "model": .string(name),
            "boxPlane": plane.map { .string($0.rawValue) } ?? .null,
        ]
    }

    // All requests are finished or given up; nothing is lost with the connections.
    deinit { try? client.syncShutdown() }

    /// Sends the questions side by side and returns the answers in their order.
    public func answers(to questions: [ModelQuestion], _ settings: AnswerSettings) throws -> [[ModelAnswer]] {
        let requests = try questions.map { try ServerRequest($0, model: name, settings, plane) }
        let waiting = try requests.map { try send($0.body) }
        return try zip(zip(questions, requests), waiting).map { pair, reply in
            let (question, request) = pair
            do {
                let reply = try finished(request.body, reply, samples: settings.samples)
                return reply.choices.map { choice in
                    ModelAnswer(
                        text: choice.text,
                        tokens: (reply.completionTokens ?? 0) / max(1, reply.choices.count),
                        finishReason: choice.finishReason, promptHash: request.promptHash,
                        pixelHash: request.pixelHash, boxPlane: request.boxPlane)
                }
            } catch let error as BenchmarkRunError {
                throw error.naming(question.row.location, address.text)
            }
        }
    }

    private func send(_ body: [UInt8]) throws -> EventLoopFuture<HTTPClient.Response> {
        var request = try HTTPClient.Request(url: address.text + "/chat/completions", method: .POST)
        request.headers.add(name: "Content-Type", value: "application/json")
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        request.body = .bytes(body)
        let accumulator = ResponseAccumulator(request: request, maxBodySize: Self.mostBytes)
        return client.execute(request: request, delegate: accumulator, deadline: .now() + timeout)
            .futureResult
    }

    /// The reply to a request; a busy server is asked again after the time that it names.
    private func finished(
        _ body: [UInt8], _ first: EventLoopFuture<HTTPClient.Response>, samples: Int
    ) throws -> ServerReply {
        var waiting = first
        for retry in 0... {
            try interruption.check()
            let response: HTTPClient.Response
            do { response = try waiting.wait() } catch {
                throw BenchmarkRunError.badReply("no reply: \(Self.reason(error))")
            }
            let bytes = response.body.map { Array(buffer: $0) } ?? []
            let isBusy = [.tooManyRequests, .serviceUnavailable].contains(response.status)
            guard isBusy, retry < Self.mostRetries else {
                guard response.status == .ok else {
                    throw BenchmarkRunError.badReply(
                        "status \(response.status.code): \(Self.message(in: bytes))")
                }
                return try ServerReply(bytes, choices: samples)
            }
            let named = response.headers.first(name: "Retry-After").flatMap(Double.init)
            Thread.sleep(forTimeInterval: min(60, max(0.1, named ?? Double(1 << min(retry, 5)))))
            waiting = try send(body)
        }
        preconditionFailure("the loop has no end")
    }

    /// The only model that a server lists.
    private static func onlyModel(
        of address: ServerAddress, _ key: String?, _ client: HTTPClient
    ) throws -> String {
        do {
            var request = try HTTPClient.Request(url: address.text + "/models")
            if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
            let response = try client.execute(request: request, deadline: .now() + .seconds(30)).wait()
            let bytes = response.body.map { Array(buffer: $0) } ?? []
            guard response.status == .ok else {
                throw BenchmarkRunError.badServer(
                    address.text,
                    "\"/models\" answers with status \(response.status.code): \(message(in: bytes))")
            }
            let reply = try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
            let names = (reply.members?["data"]?.elements ?? []).compactMap { $0.members?["id"]?.text }
            guard let name = names.first, names.count == 1 else {
                throw BenchmarkRunError.badServer(
                    address.text,
                    "it lists \(names.count) models (\(names.prefix(8).joined(separator: ", "))); name one with --model-name"
                )
            }
            return name
        } catch let error as BenchmarkRunError {
            throw error
        } catch {
            throw BenchmarkRunError.badServer(
                address.text, "it does not answer: \(reason(error)); is the server running?")
        }
    }

    /// The message of an error reply, or its beginning.
    private static func message(in body: [UInt8]) -> String {
        let text = String(decoding: body.prefix(2000), as: UTF8.self)
        // A proxy may answer with a page instead of JSON; its beginning is shown.
        let value = try? JSONValue(parsing: String(decoding: body, as: UTF8.self))
        return value?.members?["error"]?.members?["message"]?.text ?? String(text.prefix(200))
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.description
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { systemReason(of: $0.error) } ?? "connection refused"
        default: "\(error)"
        }
    }
}
