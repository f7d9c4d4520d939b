// What can be wrong with what r1-infer is asked, beyond what the packages say themselves.

/// Bad input to r1-infer, said so that a user can act on it.
enum InferError: Error, CustomStringConvertible {
    case badRow(location: String, problem: String)
    case badOutput(file: String, problem: String)
    case badCommand(String)
    case badIDs(String)
    case notUTF8

    /// One sentence for the user.
    var description: String {
        switch self {
        case .badRow(let location, let problem): "\(location): \(problem)"
        case .badOutput(let file, let problem): "\(file): \(problem)"
        case .badCommand(let text): text
        case .badIDs(let text): text
        case .notUTF8: "the text is not UTF-8"
        }
    }
}
