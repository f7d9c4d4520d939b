// Work that the members of a world share in rounds: each makes one batch, and member 0 gets all of them in order.
internal import Basics

/// How a round of shared work ended.
public enum RoundEnd: Equatable, Sendable {
    /// In member 0 what each member made, in the order of the ranks; empty in the others.
    case made([[UInt8]])
    /// A signal asked a member to stop, so that no member keeps what it made.
    case stopped(signal: Int32)
}

extension World {
    /// Agrees on whether to stop: a member that stops alone leaves the others waiting.
    ///
    /// - Parameter signal: The signal that asked this member to stop; nil when none did.
    /// - Returns: The same in every member: nil to go on, or the signal, the largest when members got several.
    /// - Throws: ``WorldError``.
    public func agreedStop(_ signal: Int32?) throws -> Int32? {
        let agreed = try largest(Int(signal ?? 0))
        return agreed == 0 ? nil : Int32(agreed)
    }

    /// Makes one batch in each member and sends all of them to member 0.
    ///
    /// Batch number `round * size + rank` belongs to member `rank`, so the batches that member 0 gets in all rounds are
    /// those of one process, in the same order.
    ///
    /// ```swift
    /// for start in stride(from: 0, to: batches.count, by: world.size) {
    ///     let own = start + world.rank
    ///     let end = try world.round(stop: { ($0 as? Stopped)?.signal }) {
    ///         own < batches.count ? try lines(of: batches[own]) : []
    ///     }
    ///     …
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - stop: The signal that an error of `make` stands for, when it says that a signal asked this member to stop;
    ///     nil for other errors.
    ///   - make: Makes the bytes of this member's batch; empty when there is none left.
    /// - Returns: What member 0 is to write, or that all members are to stop.
    /// - Throws: ``WorldError``, and other errors of `make`.
    public func round(stop: (any Error) -> Int32?, _ make: () throws -> [UInt8]) throws -> RoundEnd {
        var (bytes, signal): ([UInt8], Int32?) = ([], nil)
        do { bytes = try make() } catch {
            guard let number = stop(error) else { throw error }
            signal = number
        }
        if let agreed = try agreedStop(signal) { return .stopped(signal: agreed) }
        return .made(try gather(bytes))
    }

    /// Tells every member what member 0 knows, such as how far an earlier run came.
    ///
    /// - Parameter number: The number that member 0 has; nil in the others.
    /// - Returns: That number.
    /// - Throws: ``WorldError``.
    public func fromFirst(_ number: Int?) throws -> Int {
        require(number != nil || rank > 0, "fromFirst: member 0 has no number")
        var number = number ?? 0
        try withUnsafeMutableBytes(of: &number) { try broadcast($0, from: 0) }
        return number
    }

    /// Throws unless every member has the same bytes as member 0, such as the hash of what it read.
    ///
    /// - Parameters:
    ///   - bytes: A few bytes; not asked for in a world of one.
    ///   - name: What they identify, such as `the model`.
    /// - Throws: ``WorldError/different(_:)`` in a member that has other bytes.
    public func requireSame(_ bytes: @autoclosure () throws -> [UInt8], _ name: String) throws {
        guard size > 1 else { return }
        let bytes = try bytes()
        var first = bytes
        try broadcast(&first, from: 0)
        guard first == bytes else { throw WorldError.different(name) }
    }
}
