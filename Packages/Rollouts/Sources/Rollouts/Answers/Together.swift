// Phases that all processes enter and leave together, and values that one of them gets from all.
public import Collectives
internal import Foundation
internal import Rewards

/// The reason why a process ends its part of a run: a scorer of another one fails, which says so itself.
public struct OtherProcessFailed: Error, CustomStringConvertible {
    /// One sentence for the user.
    public let description = "another process could not score its answers; its message says why"
}

extension World {
    /// Runs a phase that all processes leave together: when one was asked to stop, or cannot score its answers, all end
    /// the phase with an error.
    ///
    /// Any other error of one process leaves the phase at once, and so ends all processes.
    ///
    /// - Parameters:
    ///   - phase: Its name, for errors of other processes.
    ///   - interruption: Checked at the end of the phase when there are several processes.
    ///   - body: What this process does; makes no call of the world.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; `Interruption.Stopped` or `OtherProcessFailed` when another process ended the phase.
    public func together<Result>(
        _ phase: String, _ interruption: Interruption, _ body: () throws -> Result
    ) throws -> Result {
        enter(phase: phase)
        guard size > 1 else { return try body() }
        let outcome = Swift.Result {
            let result = try body()
            try interruption.check()
            return result
        }
        var code = 0
        switch outcome {
        case .success: break
        case .failure(let stop as Interruption.Stopped): code = 2 + Int(stop.signal)
        case .failure(_ as RewardError): code = 1
        case .failure(let error): throw error
        }
        let most = try largest(code)
        if most > 1 { throw Interruption.Stopped(signal: Int32(most - 2)) }
        let result = try outcome.get()
        if most == 1 { throw OtherProcessFailed() }
        return result
    }

    /// The values of all processes in process 0, in the order of the processes; this process's own alone in the others.
    ///
    /// Numbers keep their bits.
    public func gathered<Value: Codable>(_ value: Value) throws -> [Value] {
        guard size > 1 else { return [value] }
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .binary
        // A property list is an array or a dictionary.
        let parts = try gather(Array(try encoder.encode([value])))
        guard rank == 0 else { return [value] }
        return try parts.flatMap { try PropertyListDecoder().decode([Value].self, from: Data($0)) }
    }

    /// Whether batch number `batch` is one of this process's, where processes make batches in turn.
    public func makes(batch: Int) -> Bool { batch % size == rank }

    /// All batches in their order in process 0, where processes make batches in turn; none in the others.
    ///
    /// - Parameters:
    ///   - own: This process's batches.
    ///   - count: The batches of all processes.
    /// - Returns: The batches.
    /// - Throws: What the exchange throws.
    public func gathered<Batch: Codable>(batches own: [Batch], of count: Int) throws -> [Batch] {
        let all = try gathered(own)
        return rank == 0 ? (0..<count).map { all[$0 % size][$0 / size] } : []
    }
}
