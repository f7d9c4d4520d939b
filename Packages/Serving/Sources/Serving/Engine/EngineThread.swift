// One thread owns the engine: commands go in, events come out as a stream for each request.
internal import Basics
internal import Foundation
internal import Synchronization
public import VisionLanguageModel

/// The thread that runs an engine.
///
/// Everything but the engine itself is behind a lock; the engine is created and used on the thread alone.
public final class EngineThread: Sendable {
    private enum Command: Sendable {
        case submit(GenerationRequest, @Sendable (Result<RequestStream, any Error>) -> Void)
        case cancel(RequestID)
        case stop
    }

    /// Whether the model is there.
    public enum State: Sendable {
        case loading
        case ready(ServedModel)
        case failed(String)
        case stopped
    }

    private struct Shared {
        var commands: [Command] = []
        var state = State.loading
        var statistics = EngineStatistics()
        var waitingForModel: [CheckedContinuation<State, Never>] = []
    }

    private let shared = Mutex(Shared())
    private let wake = DispatchSemaphore(value: 0)
    private let report: @Sendable (String) -> Void

    /// Starts a thread that loads a model and runs its engine.
    ///
    /// - Parameters:
    ///   - report: Gets what went wrong inside, for the log.
    ///   - load: Returns the model and its engine; called on the thread.
    public init(
        report: @escaping @Sendable (String) -> Void,
        load: @escaping @Sendable () throws -> (ServedModel, any TextEngine)
    ) {
        self.report = report
        let thread = Thread { [self] in run(load) }
        // Deep models recurse little, but kernels keep buffers on the stack.
        thread.stackSize = 16 << 20
        thread.name = "engine"
        thread.start()
    }

    /// Whether the model is loaded.
    public var state: State { shared.withLock { $0.state } }

    /// Waits until the model is loaded or cannot be.
    public func loaded() async -> State {
        await withCheckedContinuation { continuation in
            let known: State? = shared.withLock { shared in
                guard case .loading = shared.state else { return shared.state }
                shared.waitingForModel.append(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// The engine's numbers after its latest step.
    public var statistics: EngineStatistics { shared.withLock { $0.statistics } }

    /// Submits a request; throws what the engine throws, and `CancellationError` after `stop`.
    func submit(_ request: GenerationRequest) async throws -> RequestStream {
        try await withCheckedThrowingContinuation { continuation in
            send(.submit(request) { continuation.resume(with: $0) })
        }
    }

    /// Ends a request, wherever it is.
    func cancel(_ id: RequestID) { send(.cancel(id)) }

    /// Ends the thread after its present step; requests that run are cancelled.
    public func stop() { send(.stop) }

    private func send(_ command: Command) {
        let isStopped = shared.withLock { shared in
            if case .stopped = shared.state { return true }
            if case .failed = shared.state { return true }
            shared.commands.append(command)
            return false
        }
        if isStopped {
            if case .submit(_, let answer) = command { answer(.failure(CancellationError())) }
        } else {
            wake.signal()
        }
    }

    // MARK: - On the thread

    private func run(_ load: () throws -> (ServedModel, any TextEngine)) {
        do {
            let (model, engine) = try load()
            change(to: .ready(model))
            serve(engine)
            finish(.stopped)
        } catch {
            report("the model cannot be loaded: \(error)")
            finish(.failed("\(error)"))
        }
    }

    private func change(to state: State) {
        let waiting = shared.withLock { shared in
            shared.state = state
            defer { shared.waitingForModel = [] }
            return shared.waitingForModel
        }
        for continuation in waiting { continuation.resume(returning: state) }
    }

    /// Refuses what still waits.
    private func finish(_ state: State) {
        change(to: state)
        let waiting = shared.withLock { shared in
            defer { shared.commands = [] }
            return shared.commands
        }
        for case .submit(_, let answer) in waiting { answer(.failure(CancellationError())) }
    }

    private func serve(_ engine: any TextEngine) {
        var streams: [RequestID: RequestStream.Source] = [:]
        while true {
            let commands = shared.withLock { shared in
                defer { shared.commands = [] }
                return shared.commands
            }
            for command in commands {
                switch command {
                case .stop: return streams.values.forEach { $0.finish() }
                case .cancel(let id):
                    engine.cancel(id)
                    streams.removeValue(forKey: id)?.finish()
                case .submit(let request, let answer):
                    answer(
                        Result {
                            let id = try engine.submit(request)
                            let (stream, source) = RequestStream.make(id, answers: request.answerCount)
                            streams[id] = source
                            return stream
                        })
                }
            }
            step(engine, &streams)
            shared.withLock { $0.statistics = engine.statistics }
            if !engine.hasWork, shared.withLock({ $0.commands.isEmpty }) { wake.wait() }
        }
    }

    private func step(_ engine: any TextEngine, _ streams: inout [RequestID: RequestStream.Source]) {
        guard engine.hasWork else { return }
        do {
            for event in try engine.step() {
                guard streams[event.request]?.deliver(event) == true else { continue }
                streams[event.request] = nil
            }
        } catch {
            // What a step leaves behind is not known: every request of it ends.
            report("a step of the engine failed: \(error)")
            for (id, source) in streams {
                engine.cancel(id)
                source.fail()
            }
            streams = [:]
        }
    }
}
