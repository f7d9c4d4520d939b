// One thread owns the engines: commands go in, events come out as a stream for each request.
//
// There is one engine, and for a time more when the model was replaced: replies that run end on their own weights.
internal import Basics
internal import Foundation
internal import Synchronization
public import VisionLanguageModel

/// The model was replaced after a request was prepared for it.
struct ModelReplaced: Error {}

/// The thread that runs an engine.
///
/// Everything but the engine itself is behind a lock; the engine is used on the thread alone.
public final class EngineThread: Sendable {
    private enum Command: Sendable {
        case submit(
            GenerationRequest, model: Int, @Sendable (Result<RequestStream, any Error>) -> Void)
        case cancel(EngineRequest)
        case replace(ServedModel, GivenEngine)
        case stop
    }

    /// An engine on its way to the thread.
    ///
    /// `@unchecked Sendable` holds because the giver keeps no reference, which `sending` makes sure of.
    private struct GivenEngine: @unchecked Sendable { let engine: any TextEngine }

    /// Whether the model is there.
    public enum State: Sendable {
        case loading
        case ready(ServedModel)
        case failed(String)
        case stopped

        /// The model that takes new requests.
        var model: ServedModel? {
            if case .ready(let model) = self { model } else { nil }
        }
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

    /// The numbers after the latest step, of all engines together.
    public var statistics: EngineStatistics { shared.withLock { $0.statistics } }

    /// Submits a request that was prepared for a model.
    ///
    /// Throws what the engine throws, ``ModelReplaced`` when the model is no longer the newest one, and
    /// `CancellationError` after `stop`.
    func submit(_ request: GenerationRequest, for model: ServedModel) async throws -> RequestStream {
        try await withCheckedThrowingContinuation { continuation in
            send(.submit(request, model: model.number) { continuation.resume(with: $0) })
        }
    }

    /// Ends a request, wherever it is.
    func cancel(_ request: EngineRequest) { send(.cancel(request)) }

    /// Answers new requests with another model; those that run end on the engine that they are in.
    ///
    /// Memory must hold both models until then. Does nothing after `stop`.
    ///
    /// - Parameters:
    ///   - model: The model that `state` gives from then on.
    ///   - engine: Its engine.
    public func replace(by model: ServedModel, engine: sending any TextEngine) {
        send(.replace(model, GivenEngine(engine: engine)))
    }

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
            if case .submit(_, _, let answer) = command { answer(.failure(CancellationError())) }
        } else {
            wake.signal()
        }
    }

    // MARK: - On the thread

    private func run(_ load: () throws -> (ServedModel, any TextEngine)) {
        do {
            let (model, engine) = try load()
            change(to: .ready(model))
            serve(RunningEngine(model, engine))
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
        for case .submit(_, _, let answer) in waiting { answer(.failure(CancellationError())) }
    }

    private func serve(_ first: RunningEngine) {
        // The last one takes new requests.
        var engines = [first]
        var gone = EngineStatistics()
        while true {
            let commands = shared.withLock { shared in
                defer { shared.commands = [] }
                return shared.commands
            }
            for command in commands {
                guard perform(command, &engines) else { return engines.forEach { $0.stop() } }
            }
            for index in engines.indices { engines[index].step(report) }
            while engines.count > 1, let done = engines.dropLast().firstIndex(where: { !$0.hasWork }) {
                gone = gone + engines.remove(at: done).statistics.counts
            }
            let statistics = engines.reduce(gone) { $0 + $1.statistics }
            shared.withLock { $0.statistics = statistics }
            let isIdle = engines.allSatisfy { !$0.hasWork }
            if isIdle, shared.withLock({ $0.commands.isEmpty }) { wake.wait() }
        }
    }

    /// Performs a command; returns false for the end.
    private func perform(_ command: Command, _ engines: inout [RunningEngine]) -> Bool {
        let newest = engines.count - 1
        switch command {
        case .stop: return false
        case .cancel(let request):
            guard let index = engines.firstIndex(where: { $0.model.number == request.engine }) else { break }
            engines[index].cancel(request.id)
        case .replace(var model, let given):
            model.number = engines[newest].model.number + 1
            engines.append(RunningEngine(model, given.engine))
            change(to: .ready(model))
        case .submit(let request, let model, let answer):
            answer(
                Result {
                    guard model == engines[newest].model.number else { throw ModelReplaced() }
                    return try engines[newest].submit(request)
                })
        }
        return true
    }
}
