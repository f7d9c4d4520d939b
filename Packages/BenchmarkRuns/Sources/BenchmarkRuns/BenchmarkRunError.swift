// Errors of runs, each with what the user can do.

/// Bad input to a run over benchmarks; the description tells the user what to change.
public enum BenchmarkRunError: Error, CustomStringConvertible, Equatable {
    /// A row that cannot be asked; its location and the problem.
    case badRow(String, String)
    /// The address of a server and the problem.
    case badServer(String, String)
    /// A server's reply that cannot be used.
    case badReply(String)
    /// A file of a run and the problem.
    case badFile(String, String)
    /// Settings that contradict one another.
    case badSettings(String)

    /// One sentence for the user.
    public var description: String {
        switch self {
        case .badRow(let location, let problem): "\(location): \(problem)"
        case .badServer(let url, let problem): "\(url): \(problem)"
        case .badReply(let problem): problem
        case .badFile(let file, let problem): "\(file): \(problem)"
        case .badSettings(let problem): problem
        }
    }

    /// The same error with the row and the server that it belongs to.
    ///
    /// - Parameters:
    ///   - location: `file:line` of the row.
    ///   - server: The server's address.
    /// - Returns: The error with both in front.
    public func naming(_ location: String, _ server: String) -> BenchmarkRunError {
        if case .badReply(let problem) = self { return .badRow(location, "\(server): \(problem)") }
        return self
    }
}
