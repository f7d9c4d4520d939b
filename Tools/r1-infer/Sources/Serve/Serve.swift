// r1-infer serve: an HTTP server with OpenAI's protocol.
import ArgumentParser
import Dispatch
import Foundation
import Logging
import ModelOptions
import Serving
import Synchronization
import ToolKit

/// `r1-infer serve MODEL`.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve a model over HTTP, with OpenAI's protocol and a web page.",
        discussion: """
            Settings come from, the later ones over the earlier ones: the defaults, the file of --config (YAML, under the \
            names of the options), the environment (R1_SERVE_MAX_QUEUE for --max-queue), the options.

            --follow serves the newest checkpoint of a training run, and each newer one as soon as it is there; replies \
            that run end on the weights that they began with. MODEL is then served until there is one.

            SIGTERM and Ctrl-C end the server after the requests that run; a second one ends it at once (130). \
            docs/serving.md lists every path, parameter, limit and error.

              r1-infer serve model.h5
              r1-infer serve model.h5 --port 9000 --max-queue 16
              r1-infer serve --follow runs/first
              r1-infer serve model.h5 --host 0.0.0.0 --api-key-file key.txt --tls-cert cert.pem --tls-key key.pem
            """)

    @Argument(
        help:
            "An HDF5 checkpoint, a directory of safetensors, or a LoRA adapter; with --follow it may be left out.",
        transform: paths.argument)
    var model: String?

    @OptionGroup(title: "Model")
    var loading: LoadingOptions

    @OptionGroup(title: "Server")
    var server: ServeOptions

    /// Serves until a signal ends it.
    func run() throws {
        let options = try server.options(environment: ProcessInfo.processInfo.environment)
        var log = Logger(label: "r1-infer", factory: { StreamLogHandler.standardError(label: $0) })
        log.logLevel = server.quiet ? .warning : .info
        let source = try ServedSource(model: model, options, loading, log: log)
        // First of all: threads that start later must block the signals too.
        let shutdown = Shutdown()
        try handleSignals([SIGTERM, SIGINT]) { _, count in shutdown.ask(count) }
        let engine = source.start()
        let server = try InferenceServer(options, engine: engine, log: log)
        shutdown.watch(server)
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Task {
            do {
                try await server.run { port in
                    let scheme = options.tlsCertificate.isEmpty ? "http" : "https"
                    console.summarize("listening on \(scheme)://\(options.host):\(port)")
                }
                outcome.withLock { $0 = .success(()) }
            } catch { outcome.withLock { $0 = .failure(error) } }
            done.signal()
        }
        Task {
            switch await engine.loaded() {
            case .ready(let model): console.note("\(model.id) is ready (\(model.version))")
            default: server.drain()
            }
        }
        done.wait()
        if case .failed(let reason) = engine.state { throw InferError.badCommand(reason) }
        if case .failure(let error)? = outcome.withLock({ $0 }) {
            throw InferError.badCommand("cannot serve on \(options.host):\(options.port): \(error)")
        }
    }
}

/// Ends the server at the first signal, and the process at the second.
private final class Shutdown: Sendable {
    private let state = Mutex<(server: InferenceServer?, count: Int)>((nil, 0))

    /// Ends this server at the next signal, or now if one came already.
    func watch(_ server: InferenceServer) {
        let isAsked = state.withLock { state in
            state.server = server
            return state.count > 0
        }
        if isAsked { server.drain() }
    }

    func ask(_ count: Int) {
        let (server, total) = state.withLock { state in
            state.count += count
            return (state.server, state.count)
        }
        if total > 1 { _exit(130) }
        server?.drain()
    }
}
