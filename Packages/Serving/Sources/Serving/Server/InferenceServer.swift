// The server: listens, answers, and ends when it is told to, after its last reply.
internal import Basics
internal import Foundation
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
public import Logging
internal import NIOCore
internal import NIOSSL
internal import ServiceLifecycle
internal import Settings
internal import Synchronization

/// An HTTP server over one engine.
public final class InferenceServer: Sendable {
    private let parts: ServerParts
    private let key: ServerKey?
    private let server: HTTPServerBuilder
    private let draining = AsyncStream<Void>.makeStream()

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - options: Its settings.
    ///   - engine: The engine, which may still be loading its model.
    ///   - log: Gets one line for each request, without contents.
    /// - Throws: ``ServerOptionsError`` for keys and certificates that cannot be used, and for an address that others
    ///   reach without a key; `SettingError` for values out of range.
    public init(_ options: ServerOptions, engine: EngineThread, log: Logger) throws {
        try options.check()
        key = try ServerKey(options)
        server = try Self.builder(options)
        parts = ServerParts(
            options: options, engine: engine, admission: Admission(most: options.maxQueue),
            metrics: ServerMetrics(), log: log)
    }

    private static func builder(_ options: ServerOptions) throws -> HTTPServerBuilder {
        // A connection that says nothing is closed; replies may be silent for longer while they are made.
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                idleTimeout: .seconds(Int64(options.readTimeout.rounded(.up))),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100)))
        guard !options.tlsCertificate.isEmpty || !options.tlsKey.isEmpty else { return plain }
        guard !options.tlsCertificate.isEmpty, !options.tlsKey.isEmpty else {
            throw ServerOptionsError(description: "TLS needs both tls-cert and tls-key")
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(options.tlsCertificate).map {
                NIOSSLCertificateSource.certificate($0)
            }
            let key = try NIOSSLPrivateKey(file: options.tlsKey, format: .pem)
            let configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            return try .tls(plain, tlsConfiguration: configuration)
        } catch {
            throw ServerOptionsError(
                description:
                    "TLS: \(options.tlsCertificate) and \(options.tlsKey) are not a PEM certificate and its "
                    + "key: \(error)")
        }
    }

    /// Listens and answers until `drain()` was called and the last reply is sent.
    ///
    /// - Parameter onListening: Gets the port.
    /// - Throws: What binding the address throws.
    public func run(onListening: @escaping @Sendable (_ port: Int) -> Void) async throws {
        let options = parts.options
        let responder = ServerResponder(
            parts: parts, key: key, created: Int(Date().timeIntervalSince1970))
        // Hummingbird's own lines tell of connections only.
        var quiet = parts.log
        quiet.logLevel = max(.warning, quiet.logLevel)
        let application = Application(
            responder: responder, server: server,
            configuration: .init(
                address: .hostname(options.host, port: options.port),
                availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? options.port) },
            logger: quiet)
        var configuration = ServiceGroupConfiguration(services: [application], logger: quiet)
        // Connections without a request are closed at once; this is for clients that do not read their reply.
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        let ending = Task {
            for await _ in draining.stream { break }
            guard !Task.isCancelled else { return }
            await endReplies()
            await group.triggerGracefulShutdown()
        }
        defer { ending.cancel() }
        try await group.run()
    }

    /// Waits for the replies that run, for a limited time; the engine ends the others.
    private func endReplies() async {
        let (admission, seconds) = (parts.admission, parts.options.drainTimeout)
        let engine = parts.engine
        let limit = Task {
            // A sleep that is cancelled means that all replies have ended.
            if (try? await wait(seconds: seconds)) != nil { engine.stop() }
        }
        await admission.drain()
        limit.cancel()
        engine.stop()
    }

    /// Takes no more requests, lets those that run finish, and makes `run` return.
    public func drain() {
        parts.log.notice("shutting down: running requests finish first")
        draining.continuation.yield()
    }
}
