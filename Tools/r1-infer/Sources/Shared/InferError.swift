// Errors of r1-infer, beyond those that the packages throw.
import TrainingData
import VisionLanguageModel

/// Bad input to r1-infer; the description tells the user what to change.
enum InferError: Error, CustomStringConvertible {
    case badRow(location: String, problem: String)
    case badOutput(file: String, problem: String)
    case badCommand(String)
    case badIDs(String)
    case notUTF8

    /// Adds to a non-finite error the row that it belongs to; `rows` are in the order of the requests.
    static func naming<Result>(
        _ rows: some Collection<Sample>, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as ModelError {
            guard case .notFinite(let request, _) = error else { throw error }
            throw badRow(location: rows.dropFirst(request).first?.location ?? "", problem: "\(error)")
        }
    }

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
