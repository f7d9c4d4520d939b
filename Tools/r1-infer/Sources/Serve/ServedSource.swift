// Where the weights of r1-infer serve come from: a checkpoint, or a training run that is followed.
import Basics
import Foundation
import Logging
import ModelOptions
import Serving
import VisionLanguageModel

/// Loads the model of a server, and newer ones of a run.
struct ServedSource: Sendable {
    private let load: @Sendable (_ path: String) throws -> RunFollower.Served
    private let model: String?
    private let follower: RunFollower?
    private let interval: Double
    private let cacheBytes: Int
    private let log: Logger

    /// Checks what is served.
    ///
    /// - Parameters:
    ///   - model: The checkpoint of the command line; with a run, what is served until the run has one.
    ///   - options: The settings of the server.
    ///   - loading: How a checkpoint is loaded.
    ///   - log: Gets a line for each change of the weights, and what goes wrong.
    /// - Throws: `InferError.badCommand` without a checkpoint and a run, and `RunError` for a folder that is no run.
    init(model: String?, _ options: ServerOptions, _ loading: LoadingOptions, log: Logger) throws {
        let run = options.follow
        guard model != nil || !run.isEmpty else {
            throw InferError.badCommand(
                "give a checkpoint, r1-infer serve MODEL, or a run, r1-infer serve --follow RUN")
        }
        // The name must not change with the checkpoint.
        let runName = URL(fileURLWithPath: run).standardizedFileURL.lastPathComponent
        let name = !options.modelName.isEmpty ? options.modelName : run.isEmpty ? nil : runName
        let engine = options.engine
        func loader(_ loading: LoadingOptions) -> @Sendable (String) throws -> RunFollower.Served {
            { path in
                let loaded = try loading.load(path, console: console)
                return (try ServedModel(loaded, id: name), loaded.engine(engine))
            }
        }
        // With a run, --base is that of the run's adapters, and the model of the command line is a whole one.
        var whole = loading
        if !run.isEmpty { whole.base = nil }
        (load, self.model, self.log) = (loader(whole), model, log)
        (interval, cacheBytes) = (options.followInterval, engine.cacheBytes ?? 0)
        follower =
            run.isEmpty ? nil : try RunFollower(run, load: loader(loading), report: { log.error("\($0)") })
    }

    /// Starts the thread of the engine, which loads the model, and the one that looks for newer weights.
    func start() -> EngineThread {
        let (source, log) = (self, log)
        let engine = EngineThread(report: { log.error("\($0)") }) { try source.first() }
        if let follower { Thread.detachNewThread { source.follow(follower, engine) } }
        return engine
    }

    /// The weights to begin with: those of the run, else the model, else those of the run when there are some.
    private func first() throws -> RunFollower.Served {
        try AvailableMemory.require(
            cacheBytes, "the keys and values of cache-bytes need", advice: "give fewer bytes, or auto")
        if let served = follower?.next() { return served }
        guard let follower, model == nil else { return try load(model ?? "") }
        log.notice("waiting for the first checkpoint of the run")
        while true {
            Thread.sleep(forTimeInterval: interval)
            if let served = follower.next() { return served }
        }
    }

    /// Passes newer weights to the engine's thread until it ends.
    private func follow(_ follower: RunFollower, _ engine: EngineThread) {
        while true {
            Thread.sleep(forTimeInterval: interval)
            switch engine.state {
            case .loading: continue
            case .failed, .stopped: return
            case .ready: break
            }
            guard let served = follower.next() else { continue }
            let (version, fingerprint) = (served.model.version, served.model.fingerprint)
            engine.replace(by: served.model, engine: served.engine)
            log.notice(
                "newer weights answer from now on",
                metadata: ["version": "\(version)", "fingerprint": "\(fingerprint)"])
        }
    }
}
