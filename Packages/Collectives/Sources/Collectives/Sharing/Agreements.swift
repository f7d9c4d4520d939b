// What members that share work must agree on before they begin.
internal import Basics

extension World {
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
