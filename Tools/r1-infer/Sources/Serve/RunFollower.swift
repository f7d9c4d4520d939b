// The newest checkpoint of a training run that can be served.
import Basics
import Checkpoint
import Foundation
import Serving
import Synchronization
import TrainingRuns

/// Finds the newest sound checkpoint of a run each time it is asked; one thread at a time may use it.
///
/// The trainer gives a checkpoint its name when it is complete. One that another program copies may be read too early:
/// it is refused, and tried again when it has changed.
final class RunFollower: Sendable {
    private struct Known {
        /// The file that was loaded last.
        var loaded: FileState?
        /// Files that could not be loaded.
        var refused: Set<FileState> = []
        /// The last sentence that was reported.
        var said = ""
    }

    /// A loaded checkpoint.
    typealias Served = (model: ServedModel, engine: any TextEngine)

    private let run: RunDirectory
    private let load: @Sendable (_ path: String) throws -> Served
    private let report: @Sendable (String) -> Void
    private let known = Mutex(Known())

    /// Follows a run.
    ///
    /// - Parameters:
    ///   - run: Its folder.
    ///   - load: Loads a checkpoint and checks it.
    ///   - report: Gets one sentence about each checkpoint that is skipped.
    /// - Throws: `RunError.notARun` for a folder that is no run.
    init(
        _ run: String, load: @escaping @Sendable (_ path: String) throws -> Served,
        report: @escaping @Sendable (String) -> Void
    ) throws {
        self.run = RunDirectory(run)
        (self.load, self.report) = (load, report)
        _ = try self.run.newestCheckpoints()
    }

    /// Loads the newest sound checkpoint; nil when there is none, or when it is the one that was loaded last.
    func next() -> Served? {
        var known = known.withLock { $0 }
        defer { self.known.withLock { $0 = known } }
        do {
            for path in try run.newestCheckpoints() {
                // One that was removed in the meantime has no state.
                guard let state = FileState(of: path), !known.refused.contains(state) else { continue }
                guard state != known.loaded else { return nil }
                do {
                    let served = try load(path)
                    (known.loaded, known.said) = (state, "")
                    return served
                } catch let error as MemoryError {
                    // There may be room later, when replies that run have ended.
                    say("\(path) is not loaded yet: \(error)", &known)
                    return nil
                } catch {
                    known.refused.insert(state)
                    say("\(path) is skipped until it changes: \(error)", &known)
                }
            }
        } catch {
            say("\(error)", &known)
        }
        return nil
    }

    /// Reports something once, however often it is found.
    private func say(_ text: String, _ known: inout Known) {
        guard text != known.said else { return }
        known.said = text
        report(text)
    }
}
